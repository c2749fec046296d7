package org.onemalloc.collect;

import java.util.List;
import java.util.Optional;

/**
 * How a figure spreads over processes.
 *
 * @param count the number of processes of which it is known, at least 1
 * @param min the lowest, bytes
 * @param median the median, bytes; of an even number, the mean of the two in the middle
 * @param max the highest, bytes
 */
record Spread(int count, long min, long median, long max) {
  /** Returns the spread; empty if there are no figures. */
  static Optional<Spread> of(List<Long> figures) {
    if (figures.isEmpty()) {
      return Optional.empty();
    }
    List<Long> sorted = figures.stream().sorted().toList();
    int middle = sorted.size() / 2;
    long median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return Optional.of(new Spread(sorted.size(), sorted.getFirst(), median, sorted.getLast()));
  }
}
