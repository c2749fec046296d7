package org.onemalloc.compare;

import java.util.OptionalLong;

/**
 * The figures that an allocator reports about itself when the program ends. A figure that it does
 * not report is empty.
 *
 * @param source the source of the figures, in words
 * @param allocatedBytes bytes in blocks that the program holds
 * @param activeBytes bytes in pages that contain at least one block
 * @param residentBytes bytes that are mapped and touched
 * @param retainedBytes bytes that are free but kept for later
 */
public record AllocatorStatistics(
    String source,
    OptionalLong allocatedBytes,
    OptionalLong activeBytes,
    OptionalLong residentBytes,
    OptionalLong retainedBytes) {}
