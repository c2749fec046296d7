package org.onemalloc.probe;

/**
 * A category of Native Memory Tracking, in bytes.
 *
 * @param category the virtual machine's name of it, such as {@code Thread}, {@code GC}, or {@code
 *     Other}, which has the direct buffers of java.nio
 * @param reserved reserved address space and allocated memory
 * @param committed of that, committed address space and allocated memory
 * @param allocated of {@code committed}, what is allocated by {@code malloc}
 */
public record TrackedMemory(String category, long reserved, long committed, long allocated) {}
