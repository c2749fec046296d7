package org.onemalloc.compare.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a load that is repeated: the mean of each over the repetitions that reported it.
 */
final class FigureMeans {
  private final Map<String, List<Measured>> reported = new LinkedHashMap<>();

  /** Adds the figures of one repetition, each name once. */
  void add(Collection<Measured> figures) {
    figures.forEach(
        figure -> reported.computeIfAbsent(figure.name(), _ -> new ArrayList<>()).add(figure));
  }

  /** Returns the means, in the order in which the names were first reported. */
  List<Measured> means() {
    return reported.values().stream().map(FigureMeans::mean).toList();
  }

  private static Measured mean(List<Measured> values) {
    Measured first = values.getFirst();
    double mean = values.stream().mapToDouble(Measured::value).average().orElseThrow();
    return new Measured(first.name(), first.unit(), mean, first.higherIsBetter());
  }
}
