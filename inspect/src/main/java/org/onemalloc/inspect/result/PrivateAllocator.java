package org.onemalloc.inspect.result;

/**
 * An allocator that is linked into a module for its own use.
 *
 * @param name {@code jemalloc}, {@code mimalloc}, {@code tcmalloc}, …
 * @param evidence the texts by which it was recognised
 */
public record PrivateAllocator(String name, String evidence) {}
