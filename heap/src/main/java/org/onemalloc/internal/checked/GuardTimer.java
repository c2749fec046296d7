package org.onemalloc.internal.checked;

import org.onemalloc.internal.system.Daemon;

/** The daemon thread that requests a guarded block once per period. */
final class GuardTimer implements Runnable {
  private final Runnable first;
  private final Runnable due;
  private final Runnable callNext;
  private final long millis = Checking.period();

  private GuardTimer(Runnable first, Runnable due, Runnable callNext) {
    this.first = first;
    this.due = due;
    this.callNext = callNext;
  }

  /**
   * Starts the thread.
   *
   * @param first called once, at the start
   * @param due called once per period
   * @param callNext called after it if threads are to be called; may be null
   */
  static void start(Runnable first, Runnable due, Runnable callNext) {
    Daemon.start(
        "onemalloc guard timer",
        new GuardTimer(first, due, Checking.callsThreads() ? callNext : null));
  }

  @Override
  public void run() {
    first.run();
    try {
      while (true) {
        Thread.sleep(millis);
        due.run();
        if (callNext != null) {
          callNext.run();
        }
      }
    } catch (InterruptedException e) {
      // only code that interrupts every thread of the process does this
    }
  }
}
