package org.onemalloc.spark;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.api.plugin.PluginContext;

/**
 * Looks at this process at intervals, in a daemon thread of its own, and gives what it sees to a
 * receiver and to Spark's gauges. Thread-safe.
 */
final class Observer {
  private final String id;
  private final String host;
  private final Consumer<Evidence> receiver;
  private final Thread thread = new Thread(this::run, "onemalloc-evidence");
  private volatile long seconds;
  private volatile Evidence last;

  /**
   * Looks for the first time.
   *
   * @param context the plugin's context of this process
   * @param receiver is given every look but the first, in the thread of the observer
   */
  Observer(PluginContext context, Consumer<Evidence> receiver) {
    this.id = context.executorID();
    this.host = host();
    this.receiver = receiver;
    this.last = Evidence.ofThisProcess(id, host);
  }

  /** Returns the name of this machine; Spark's name of it is not known yet in an executor. */
  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }

  Evidence last() {
    return last;
  }

  /** Looks at intervals from now on. */
  void start(long interval) {
    seconds = interval;
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(seconds);
        look();
      }
    } catch (InterruptedException e) {
      // stopped
    }
  }

  /** Looks a last time, in the calling thread. */
  void stop() {
    thread.interrupt();
    look();
  }

  private synchronized void look() {
    try {
      last = Evidence.ofThisProcess(id, host);
      receiver.accept(last);
    } catch (RuntimeException e) {
      // The driver has ended, or is about to: there is nobody to tell.
    }
  }

  /** Registers the gauges, which show the last look; a figure that is unknown is -1. */
  void register(MetricRegistry registry) {
    gauge(registry, "rssBytes", () -> last.rssBytes());
    gauge(registry, "pssBytes", () -> last.pssBytes());
    gauge(registry, "peakRssBytes", () -> last.peakRssBytes());
    gauge(registry, "glibcBytes", () -> last.glibcBytes());
    gauge(registry, "proven", () -> last.proven() ? 1 : 0);
    gauge(registry, "allocator", () -> last.allocator().isEmpty() ? "unknown" : last.allocator());
  }

  private static void gauge(MetricRegistry registry, String name, Gauge<?> gauge) {
    registry.register(name, gauge);
  }
}
