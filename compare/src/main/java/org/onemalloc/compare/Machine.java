package org.onemalloc.compare;

/**
 * The machine and the versions that a comparison depends on.
 *
 * @param processors CPUs that this process may use, the control group's quota counted in
 * @param processorModel as the kernel names it, empty if unknown
 * @param memoryBytes physical memory
 * @param kernel the kernel's name and release
 * @param libc the C library and its version
 * @param transparentHugePages the kernel's setting: always, madvise, never, or empty if unknown
 * @param java the compared program's Java version line, empty if it is not a JVM
 * @param tool onemalloc's own version
 */
public record Machine(
    int processors,
    String processorModel,
    long memoryBytes,
    String kernel,
    String libc,
    String transparentHugePages,
    String java,
    String tool) {}
