package org.onemalloc.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * A row of the table: one piece of work, done by the heap and by its peers.
 *
 * @param name the name by which {@code ./bench NAME} selects it
 * @param work describes the work
 * @param unit the unit of all figures
 */
record Row(String name, String work, String unit, Measure ours, List<Peer> peers) {

  /**
   * Another allocator that does the same work.
   *
   * @param goal ours must be at most this multiple of the peer's; 0 without a goal
   */
  record Peer(String name, Measure measure, double goal) {}

  static Row of(String name, String work, Measure ours, Peer... peers) {
    return new Row(name, work, "ns", ours, List.of(peers));
  }

  Row in(String other) {
    return new Row(name, work, other, ours, peers);
  }

  static Peer peer(String name, double goal, Measure measure) {
    return new Peer(name, measure, goal);
  }

  /** The figures of a row. */
  record Result(Row row, Figure ours, List<Figure> peers) {}

  /** Median, minimum and maximum over the JVMs. */
  record Figure(double median, double min, double max) {
    static Figure of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int n = sorted.length;
      return new Figure((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1]);
    }
  }
}
