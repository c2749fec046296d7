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

  /**
   * Returns the same without thread caches.
   *
   * @param why the reason, the end of a sentence
   */
  public Bound withoutCaches(String why) {
    Binding without =
        new Binding(
            binding.allocator(),
            binding.version(),
            binding.file(),
            binding.sharedWithC(),
            binding.chosenBy(),
            binding.operations(),
            "off, because " + why,
            binding.proof());
    return new Bound(backend, classes, without, finder);
  }
}
