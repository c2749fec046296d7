package org.onemalloc.profile;

/**
 * The allocations of one part of a program.
 *
 * @param name the name of a native library or of a Java package, or the JVM
 * @param allocated the number of bytes allocated during the whole recording
 * @param live the number of those bytes that were not freed when the recording ended
 * @param blocks the number of blocks allocated
 * @param caller the Java method outside the JDK that caused most of the bytes, or empty
 */
public record Part(String name, long allocated, long live, long blocks, String caller) {}
