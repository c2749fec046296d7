package org.onemalloc.inspect.result;

/**
 * An allocator that a module carries inside for its own use.
 *
 * @param name {@code jemalloc}, {@code mimalloc}, {@code tcmalloc}, …
 * @param evidence the mark it was recognised by
 */
public record PrivateAllocator(String name, String evidence) {}
