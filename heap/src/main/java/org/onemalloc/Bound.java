package org.onemalloc;

/**
 * The result of binding.
 *
 * @param backend the allocator's functions
 * @param classes the size classes that its thread caches may have
 * @param binding what is told to the user
 */
record Bound(Backend backend, SizeClasses classes, Binding binding) {}
