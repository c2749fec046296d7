package org.onemalloc.internal.cache;

import org.onemalloc.internal.bind.Binder;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.listen.Listeners;
import org.onemalloc.internal.system.Platform;

/**
 * The heap of this process: what was bound, and the thread caches over it. Both are constants, so
 * that the JIT compiles the addresses of C's functions and of the table of slots into the callers.
 *
 * <p>This is the first static state that is initialised; {@code Front} in {@code org.onemalloc}
 * states the whole order.
 */
public final class ProcessHeap {
  /** The binding of the heap. */
  public static final Bound BOUND = observed(CacheLimits.here().said(Binder.here()));

  /** The heap with its thread caches. */
  public static final CachedHeap CACHED = CachedHeap.of(BOUND, CacheLimits.here(), Platform.here());

  static {
    if (Guarded.ON) {
      Guarded.start(CACHED.cached() ? CACHED.caches()::callNext : null);
    }
  }

  private ProcessHeap() {}

  /**
   * Puts the sampling for listeners in front of the allocator if the system property requests it.
   */
  private static Bound observed(Bound bound) {
    // tested here, so that a program without listeners loads none of the classes of listeners
    if (System.getProperty("onemalloc.observe") == null || !Listeners.wanted()) {
      return bound;
    }
    Listeners.search();
    return bound.with(ObservedBackend.of(bound.backend(), Listeners.sampleBytes()));
  }
}
