/**
 * A live process, read through /proc without stopping it: what is mapped, which addresses the
 * loader has put into each module for malloc and its kin, and what glibc's own heap holds.
 *
 * <p>Sizes are in bytes. Null arguments throw {@link NullPointerException}. Everything is immutable
 * and may be used by several threads.
 */
package org.onemalloc.inspect.process;
