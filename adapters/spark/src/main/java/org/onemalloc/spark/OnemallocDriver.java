package org.onemalloc.spark;

import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;

/** The part of the plugin in the driver: keeps the evidence, and judges the executors. */
final class OnemallocDriver implements DriverPlugin {
  /** The setting that executors are given, in seconds. */
  static final String INTERVAL = "interval";

  /** The exit code of an application whose requirement is not met. */
  private static final int UNPROVEN = 3;

  private SparkContext spark;
  private Requirement requirement;
  private EvidenceFile file;
  private Observer observer;
  private boolean isEnding;
  private volatile boolean isReady;

  @Override
  public Map<String, String> init(SparkContext context, PluginContext plugin) {
    spark = context;
    requirement = new Requirement(context.conf().get("spark.onemalloc.require", ""));
    file = new EvidenceFile(Path.of(context.conf().get("spark.onemalloc.evidence", "")));
    observer = new Observer(plugin, file::add);
    file.add(observer.last());
    requirement.unusable().ifPresent(this::end);
    long seconds = Math.max(1, context.conf().getTimeAsSeconds("spark.onemalloc.interval", "10s"));
    observer.start(seconds);
    return Map.of(INTERVAL, Long.toString(seconds));
  }

  @Override
  public void registerMetrics(String application, PluginContext plugin) {
    observer.register(plugin.metricRegistry());
    file.setApplication(application);
    isReady = true;
  }

  @Override
  public Object receive(Object message) {
    Evidence evidence = (Evidence) message;
    file.add(evidence);
    requirement.unmet(evidence).ifPresent(this::end);
    return null; // Spark logs a warning for an answer that nobody has asked for
  }

  /**
   * Ends the application with a sentence. In a thread of its own: this one serves the executors,
   * and the context is not complete while the plugin is being initialised.
   */
  private synchronized void end(String sentence) {
    if (isEnding) {
      return;
    }
    isEnding = true;
    Thread thread =
        new Thread(
            () -> {
              System.err.println("onemalloc: %s The application ends.".formatted(sentence));
              file.write();
              if (isReady) {
                spark.stop(UNPROVEN);
              }
              System.exit(UNPROVEN);
            },
            "onemalloc-end");
    thread.setDaemon(false); // or the JVM could end before it, with another exit code
    thread.start();
  }

  @Override
  public void shutdown() {
    observer.stop();
    file.write();
  }
}
