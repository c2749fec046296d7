package org.onemalloc.probe.agent;

import java.io.IOException;
import java.util.ServiceConfigurationError;
import javax.management.JMException;
import org.onemalloc.probe.NativeMemoryMXBean;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.prometheus.MetricsServer;

/**
 * What the agent publishes. Apart from {@link ProbeAgent}, which must be loaded where the modules
 * of these classes are missing. What fails is reported in a sentence, and the program goes on.
 */
final class Publication {
  private Publication() {}

  static void start(Options options) {
    Probe probe = new Probe(options.interval());
    if (options.hasBean()) {
      register(probe);
    }
    options.port().ifPresent(port -> serve(probe, port));
  }

  private static void register(Probe probe) {
    try {
      if (!probe.register()) {
        ProbeAgent.say("there is a bean " + NativeMemoryMXBean.NAME + " already: it stays.");
      }
    } catch (JMException | RuntimeException e) {
      ProbeAgent.say("the bean " + NativeMemoryMXBean.NAME + " is not registered (" + e + ").");
    }
  }

  /** The server is never stopped: its threads are daemons. */
  private static void serve(Probe probe, int port) {
    try {
      MetricsServer server = MetricsServer.start(probe, port);
      if (port == 0) {
        ProbeAgent.say("metrics are at http://localhost:" + server.port() + "/metrics.");
      }
    } catch (IOException | RuntimeException | ServiceConfigurationError e) {
      ProbeAgent.say(
          "port " + port + " cannot be used (" + e.getMessage() + "): no metrics are served.");
    }
  }
}
