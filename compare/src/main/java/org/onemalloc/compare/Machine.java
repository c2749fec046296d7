package org.onemalloc.compare;

/**
 * The machine and the software versions that affect a comparison.
 *
 * @param processors the number of CPUs that this process may use, limited by the control group's
 *     quota
 * @param processorModel the model as named by the kernel, empty if unknown
 * @param memoryBytes the physical memory
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
