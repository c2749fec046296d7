/**
 * The seam: the native heap of this process, from Java.
 *
 * <p>{@link org.onemalloc.Allocator} is the seam, an interface of six operations on addresses;
 * {@link org.onemalloc.Heap} is the static door to the one allocator that this process has; {@link
 * org.onemalloc.Binding} says which it is, and proves it.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}.
 */
package org.onemalloc;
