/**
 * The seam: the native heap of this process, from Java.
 *
 * <p>{@link org.onemalloc.Allocator} is the seam, an interface of six operations on addresses;
 * {@link org.onemalloc.Heap} is the static door to the one allocator of this process, {@link
 * org.onemalloc.ThreadHeap} a handle on it for one thread, {@link org.onemalloc.HeapArena} an arena
 * and {@link org.onemalloc.GrowableMemory} a buffer over it; {@link org.onemalloc.Binding} states
 * which allocator it is, with the proof. {@link org.onemalloc.HeapError} states why there is none.
 *
 * <p>This package has two layers. The <em>contract</em> is interfaces and records that import
 * nothing but the JDK: {@code Allocator}, {@code Binding}, {@code Usage}, {@code HeapStatistics},
 * {@code HeapListener}, {@code Finding}, {@code Leak}, {@code Trace} and the two errors. The
 * <em>doors</em> are the other classes, and may import every package below {@code
 * org.onemalloc.internal}, whose packages may import the contract, but not the doors. Start with
 * {@code Heap}, then {@code Front}, which states the order of initialisation.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}.
 */
package org.onemalloc;
