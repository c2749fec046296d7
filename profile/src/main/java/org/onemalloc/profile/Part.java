package org.onemalloc.profile;

/**
 * What one part of a program allocated.
 *
 * @param name a native library, a Java package, the JVM
 * @param allocated bytes, over the whole record
 * @param live bytes of it not freed when the record ended
 * @param blocks how many blocks were allocated
 * @param caller the Java method outside the JDK behind most of its bytes, or empty
 */
public record Part(String name, long allocated, long live, long blocks, String caller) {}
