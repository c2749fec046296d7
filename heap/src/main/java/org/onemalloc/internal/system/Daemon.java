package org.onemalloc.internal.system;

/** Starts the daemon threads of the library. */
public final class Daemon {
  private Daemon() {}

  /**
   * Starts a platform thread that inherits neither class loader nor thread locals from the caller.
   */
  public static void start(String name, Runnable task) {
    Thread thread =
        Thread.ofPlatform()
            .name(name)
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(task);
    thread.setContextClassLoader(null);
    thread.start();
  }
}
