/**
 * What a program, a library, a Java image, a directory, an archive or a live process allocates
 * with, and what can go wrong. Files are read and never run.
 *
 * <p>Sizes are in bytes. Null arguments throw {@link NullPointerException}. Everything is immutable
 * and may be used by several threads.
 */
package org.onemalloc.inspect;
