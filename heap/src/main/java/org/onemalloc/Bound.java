package org.onemalloc;

/**
 * The result of binding.
 *
 * @param backend the allocator's functions
 * @param classes the size classes that its thread caches may have
 * @param binding what is told to the user
 * @param finder where further functions of the same provider are found
 */
record Bound(Backend backend, SizeClasses classes, Binding binding, Finder finder) {
  /** Returns the same, with listeners told where the system property asks for it. */
  Bound observed() {
    if (System.getProperty(Listeners.PROPERTY) == null || !Listeners.wanted()) {
      return this;
    }
    Watcher.run(Listeners::find);
    return new Bound(Sampled.of(backend, Listeners.sampleBytes()), classes, binding, finder);
  }
}
