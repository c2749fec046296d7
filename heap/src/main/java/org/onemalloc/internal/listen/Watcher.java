package org.onemalloc.internal.listen;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.onemalloc.internal.system.Daemon;

/**
 * The daemon thread that calls the user's callbacks, one after the other, so that none runs during
 * an allocation. It is started by the first callback.
 */
public final class Watcher implements Runnable {
  private static final BlockingQueue<Runnable> QUEUE = start();

  private final BlockingQueue<Runnable> queue;

  private Watcher(BlockingQueue<Runnable> queue) {
    this.queue = queue;
  }

  private static BlockingQueue<Runnable> start() {
    BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    Daemon.start("onemalloc watcher", new Watcher(queue));
    return queue;
  }

  public static void run(Runnable callback) {
    QUEUE.add(callback);
  }

  @Override
  public void run() {
    while (true) {
      try {
        queue.take().run();
      } catch (InterruptedException e) {
        return; // only code that interrupts every thread of the process does this
      } catch (Throwable t) {
        Thread current = Thread.currentThread();
        current.getUncaughtExceptionHandler().uncaughtException(current, t);
      }
    }
  }
}
