package org.onemalloc.internal.bind;

import org.onemalloc.Binding;

/**
 * The result of binding.
 *
 * @param backend the allocator's functions
 * @param classes the size classes that its thread caches may have
 * @param binding the public description of the binding
 * @param finder finds further functions of the same provider
 */
public record Bound(Backend backend, SizeClasses classes, Binding binding, Finder finder) {
  /** Returns the same with another backend. */
  public Bound with(Backend other) {
    return new Bound(other, classes, binding, finder);
  }
}
