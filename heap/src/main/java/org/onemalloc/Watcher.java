package org.onemalloc;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The daemon thread that calls the user's callbacks, one after the other, so that none runs inside
 * of an allocation. It starts with the first of them.
 */
final class Watcher implements Runnable {
  private static final BlockingQueue<Runnable> QUEUE = start();

  private final BlockingQueue<Runnable> queue;

  private Watcher(BlockingQueue<Runnable> queue) {
    this.queue = queue;
  }

  private static BlockingQueue<Runnable> start() {
    BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    Thread thread =
        Thread.ofPlatform()
            .name("onemalloc watcher")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(new Watcher(queue));
    thread.setContextClassLoader(null);
    thread.start();
    return queue;
  }

  static void run(Runnable callback) {
    QUEUE.add(callback);
  }

  @Override
  public void run() {
    while (true) {
      try {
        queue.take().run();
      } catch (InterruptedException e) {
        return; // nobody has this thread to interrupt it, except one who ends the whole process
      } catch (Throwable t) {
        Thread current = Thread.currentThread();
        current.getUncaughtExceptionHandler().uncaughtException(current, t);
      }
    }
  }
}
