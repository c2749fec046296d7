/**
 * A live process, read through /proc without stopping it: its mappings, the addresses that the
 * loader has put into each module for the malloc family, and the content of glibc's own heap.
 *
 * <p>Sizes are in bytes. Null arguments throw {@link NullPointerException}. Everything is immutable
 * and may be used by several threads.
 */
package org.onemalloc.inspect.process;
