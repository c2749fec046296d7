/**
 * What a live process allocates with, read from /proc without stopping it.
 *
 * <p>Sizes are in bytes. Null arguments throw {@link NullPointerException}. Everything is immutable
 * and may be used by several threads.
 */
package org.onemalloc.inspect;
