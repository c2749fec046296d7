package org.onemalloc.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;

/** The part of the plugin in an executor. Never throws. */
final class OnemallocExecutor implements ExecutorPlugin {
  private Observer observer;

  @Override
  public void init(PluginContext context, Map<String, String> settings) {
    try {
      observer = new Observer(context, evidence -> send(context, evidence));
      observer.register(context.metricRegistry());
      // With an answer: the driver has judged this executor before its first task.
      context.ask(observer.last());
      observer.start(Long.parseLong(settings.get(OnemallocDriver.INTERVAL)));
    } catch (Exception e) {
      System.err.println("onemalloc: the driver was not told about this executor: " + e + ".");
    }
  }

  private static void send(PluginContext context, Evidence evidence) {
    try {
      context.send(evidence);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void shutdown() {
    if (observer != null) {
      observer.stop();
    }
  }
}
