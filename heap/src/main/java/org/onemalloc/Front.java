package org.onemalloc;

/**
 * What stands between the public methods and the heap: nothing, unless a system property asks for
 * it.
 *
 * <p>The public methods ask {@link Heap#PLAIN}, a constant, and call the heap itself where it is
 * true: the JIT then sees the heap's code alone. A call through an interface, even of a constant,
 * would cost 1.7 ns more until it is compiled and inlined.
 */
final class Front {
  private Front() {}

  /** Returns the heap with what the system properties put before it, the innermost first. */
  static Allocator of(CachedHeap heap) {
    Allocator inner = heap;
    // asked here, so that a program without accounts loads no class of them
    boolean counted = System.getProperty(Accounts.MODE) != null;
    return counted || System.getProperty(Accounts.LIMIT) != null ? Observation.front(inner) : inner;
  }
}
