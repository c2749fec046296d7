package org.onemalloc.probe;

/**
 * A pool of Java's own buffers, as its BufferPoolMXBean says.
 *
 * @param name {@code direct}, {@code mapped}, or another
 * @param buffers the number of buffers
 * @param capacityBytes the sum of their capacities
 * @param usedBytes the memory that they take, by the estimate of the virtual machine
 */
public record BufferPool(String name, long buffers, long capacityBytes, long usedBytes) {}
