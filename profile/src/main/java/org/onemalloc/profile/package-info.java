/**
 * Profiles the allocation of native memory in a JVM: async-profiler records calls of malloc and
 * free with Java frames, and they are summed up by the part of the program that requested the
 * memory.
 *
 * <p>Sizes are in bytes, and durations given as numbers are in nanoseconds. Null arguments throw
 * {@link NullPointerException}.
 */
package org.onemalloc.profile;
