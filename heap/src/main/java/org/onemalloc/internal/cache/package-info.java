/**
 * The thread caches, and the heap of this process over them: the fast path.
 *
 * <p>May import {@code internal.system}, {@code internal.listen}, {@code internal.bind}, {@code
 * internal.checked} and the contract. Start with {@code CachedHeap}, which has a picture of the
 * memory, and {@code ProcessHeap}, the one instance in use.
 */
package org.onemalloc.internal.cache;
