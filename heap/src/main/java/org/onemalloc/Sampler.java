package org.onemalloc;

/** The daemon thread that says, once a period, whose next allocation is to be sampled. */
final class Sampler implements Runnable {
  private final Caches caches;
  private final long millis = Checking.period();
  private final boolean calls;

  private Sampler(Caches caches) {
    this.caches = caches;
    this.calls = caches != null && Checking.callsThreads();
  }

  static void start(Caches caches) {
    Thread thread =
        Thread.ofPlatform()
            .name("onemalloc sampler")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(new Sampler(caches));
    thread.setContextClassLoader(null);
    thread.start();
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(millis);
        Guarded.due();
        if (calls) {
          caches.callNext();
        }
      }
    } catch (InterruptedException e) {
      // nobody has this thread to interrupt it, except one who ends the whole process
    }
  }
}
