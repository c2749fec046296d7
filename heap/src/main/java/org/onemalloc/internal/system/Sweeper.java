package org.onemalloc.internal.system;

import java.lang.ref.WeakReference;

/**
 * A daemon thread that returns, once a second, memory that is no longer needed: the caches of ended
 * threads, the surplus of depots, mappings that are kept.
 *
 * <p>Java has no hook at a thread's end that a library may use, and a native one (a destructor of
 * thread-specific data) would call up into a JVM that has already detached the thread. The thread
 * is started when a second thread has a cache, a depot gets its first row, or a mapping is kept. It
 * refers weakly to the object that it sweeps, and ends when that is collected.
 */
public final class Sweeper implements Runnable {
  /**
   * The time between two sweeps in milliseconds, which is how long the blocks of an ended thread
   * may wait.
   */
  static final long PERIOD_MILLIS = 1000;

  private final WeakReference<Swept> swept;

  private Sweeper(Swept swept) {
    this.swept = new WeakReference<>(swept);
  }

  public static void start(Swept swept) {
    Daemon.start("onemalloc sweeper", new Sweeper(swept));
  }

  @Override
  public void run() {
    try {
      while (sweep()) {
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException e) {
      // only code that interrupts every thread of the process does this
    }
  }

  private boolean sweep() {
    Swept found = swept.get();
    if (found != null) {
      found.sweep();
    }
    return found != null;
  }
}
