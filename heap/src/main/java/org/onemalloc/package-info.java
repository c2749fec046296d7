/**
 * The seam: the native heap of this process, from Java.
 *
 * <p>{@link org.onemalloc.Allocator} is the seam, an interface of six operations on addresses;
 * {@link org.onemalloc.Heap} is the static door to the one allocator that this process has, {@link
 * org.onemalloc.ThreadHeap} a handle on it for one thread; {@link org.onemalloc.Binding} says which
 * allocator it is, and proves it. {@link org.onemalloc.HeapError} says why there is none.
 *
 * <p>Inside, from the bottom up: {@code Memory} (raw access), {@code Calls} (C by address), {@code
 * Symbols} with its loaders, {@code Finder} (functions of one provider), {@code Families} (which
 * allocator is it), the {@code Backend}s (an allocator's functions as the seam's operations, 0 on
 * failure), {@code Binder} (choice and proof), {@code DirectHeap} (the contract over a backend),
 * {@code SizeClasses}, {@code Rows}, {@code Depot}, {@code ThreadCache} and {@code Caches} (thread
 * caches), {@code CachedHeap} (all together, the fast path). {@code Heap.HEAP} is the one instance
 * in use: code in this package that allocates goes there.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}.
 */
package org.onemalloc;
