package org.onemalloc.compare;

import java.util.OptionalLong;

/**
 * What an allocator says of itself when the program ends. Absent where it cannot tell.
 *
 * @param source where the figures come from, in words
 * @param allocatedBytes handed out to the program
 * @param activeBytes in pages that hold at least one block
 * @param residentBytes mapped and touched
 * @param retainedBytes kept for later though free
 */
public record AllocatorStatistics(
    String source,
    OptionalLong allocatedBytes,
    OptionalLong activeBytes,
    OptionalLong residentBytes,
    OptionalLong retainedBytes) {}
