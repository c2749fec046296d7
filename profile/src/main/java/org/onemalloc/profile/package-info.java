/**
 * Who allocates native memory in a JVM: async-profiler's record of malloc and free with Java
 * frames, summed up by the part of the program that asked.
 *
 * <p>Sizes are in bytes, durations in nanoseconds where they are numbers. Null arguments throw
 * {@link NullPointerException}.
 */
package org.onemalloc.profile;
