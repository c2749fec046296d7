package org.onemalloc.compare.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a server is used in each run.
 *
 * @param ready the sign that the server can be used
 * @param within the time that it has until then
 * @param before a command of the shell that is run before each start of the server; empty for none
 * @param load the command of the shell that is the load
 * @param length the time until which the load is started again when it has ended; zero to run it
 *     once
 * @param stop the number of the signal that ends the server
 * @param rest the time between the end of the load and the signal; zero for none
 * @param figures what must be found in the output of the load
 * @param histograms the logs of latencies that the load must write
 */
public record ServerLoad(
    Readiness ready,
    Duration within,
    Optional<String> before,
    String load,
    Duration length,
    int stop,
    Duration rest,
    List<FigurePattern> figures,
    List<HistogramLog> histograms) {

  /** Copies the lists. */
  public ServerLoad {
    figures = List.copyOf(figures);
    histograms = List.copyOf(histograms);
  }

  /**
   * Returns the same plan with a load that is not repeated.
   *
   * @return the plan
   */
  public ServerLoad once() {
    return new ServerLoad(
        ready, within, before, load, Duration.ZERO, stop, rest, figures, histograms);
  }
}
