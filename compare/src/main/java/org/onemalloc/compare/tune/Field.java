package org.onemalloc.compare.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Duels;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.tune.Candidate.Origin;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.TuneResult.Limit;

/** Who takes part in a race, and by which figures it is decided. */
final class Field {
  /** The error rate on each side of an interval of 95 %. */
  private static final double SIDE = 0.025;

  private static final List<Figure> SHOWN =
      List.of(Figure.PEAK, Figure.IDLE, Figure.MEAN, Figure.CPU, Figure.WALL);

  private final List<Candidate> candidates;
  private final Figure goal;
  private final List<Limit> constraints = new ArrayList<>();
  private final Set<Figure> figures = new LinkedHashSet<>();

  /**
   * Finds the figures.
   *
   * @param possible the figures that a run can have
   * @param warmUp a run
   * @throws org.onemalloc.compare.CommandException if the run does not have a figure that was asked
   *     for
   */
  Field(TuneRequest request, List<Candidate> candidates, List<Figure> possible, Run warmUp) {
    this.candidates = candidates;
    List<Figure> measured =
        possible.stream().filter(figure -> figure.of(warmUp).isPresent()).toList();
    goal = Names.find("--least " + request.least(), request.least(), measured);
    figures.add(goal);
    for (Constraint constraint : request.within()) {
      Figure figure = Names.find("--within " + constraint.text(), constraint.figure(), measured);
      constraints.add(new Limit(constraint, figure, constraint.limit(figure)));
      figures.add(figure);
    }
    SHOWN.stream().filter(measured::contains).forEach(figures::add);
  }

  Figure goal() {
    return goal;
  }

  List<Limit> constraints() {
    return List.copyOf(constraints);
  }

  /** Returns what the constraints allow, as ratios of costs. */
  double[] limits() {
    return constraints.stream().mapToDouble(Limit::most).toArray();
  }

  List<Figure> figures() {
    return List.copyOf(figures);
  }

  int size() {
    return candidates.size();
  }

  String name(int candidate) {
    return candidates.get(candidate).name();
  }

  /** Returns the candidates with the defaults and the server profile of the same allocator. */
  List<Integer> profilesOf(int candidate) {
    String allocator = candidates.get(candidate).allocator();
    return IntStream.range(0, size())
        .filter(i -> candidates.get(i).allocator().equals(allocator))
        .filter(i -> candidates.get(i).origin() != Origin.TABLE)
        .boxed()
        .toList();
  }

  /** Returns the costs in the first rounds. */
  Scores scores(List<Trial> trials, int rounds) {
    List<Figure> measures = new ArrayList<>(List.of(goal));
    constraints.forEach(limit -> measures.add(limit.figure()));
    Scores scores = new Scores(measures.size(), size(), rounds);
    Map<String, Integer> indices = new LinkedHashMap<>();
    candidates.forEach(candidate -> indices.put(candidate.name(), indices.size()));
    for (Trial trial : trials) {
      Integer candidate = indices.get(trial.candidate());
      if (candidate == null || trial.round() > rounds) {
        continue;
      }
      if (!trial.counts()) {
        scores.putFault(candidate, trial.round());
        continue;
      }
      for (int i = 0; i < measures.size(); i++) {
        Double value = trial.figures().get(measures.get(i).key());
        if (value != null) {
          double cost = measures.get(i).higherIsBetter() ? 1 / value : value;
          scores.put(i, candidate, trial.round(), cost);
        }
      }
    }
    return scores;
  }

  /** Returns a sentence that says which candidates a round has dropped. */
  String change(int round, List<Standing> before, List<Standing> after) {
    List<String> dropped = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      if (before.get(i).isRunning() && !after.get(i).isRunning()) {
        dropped.add(name(i) + " (" + why(after.get(i)) + ")");
      }
    }
    long left = after.stream().filter(Standing::isRunning).count();
    return "after round %d: %d of %d are left%s"
        .formatted(
            round,
            left,
            size(),
            dropped.isEmpty() ? "" : "; dropped: " + String.join(", ", dropped));
  }

  private String why(Standing standing) {
    return switch (standing) {
      case Standing.Running _ -> "";
      case Standing.Worse worse -> "worse than " + name(worse.than());
      case Standing.Breaks breaks ->
          "breaks " + constraints.get(breaks.constraint()).constraint().text();
      case Standing.Faulty _ -> "its runs do not count";
    };
  }

  /** Returns the candidates with their runs. */
  List<Entry> entries(List<Standing> standings, List<Trial> race, List<Trial> fresh) {
    List<Map<Figure, Bounds>> raceRatios = ratios(race);
    List<Map<Figure, Bounds>> freshRatios = ratios(fresh);
    Map<String, List<Trial>> raced = byCandidate(race);
    Map<String, List<Trial>> freshly = byCandidate(fresh);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      entries.add(
          new Entry(
              candidates.get(i),
              standings.get(i),
              raced.getOrDefault(name(i), List.of()),
              freshly.getOrDefault(name(i), List.of()),
              raceRatios.get(i),
              freshRatios.get(i)));
    }
    return entries;
  }

  private static Map<String, List<Trial>> byCandidate(List<Trial> trials) {
    return trials.stream().collect(Collectors.groupingBy(Trial::candidate));
  }

  /** Returns the ratios of each candidate's figures to those of the baseline. */
  private List<Map<Figure, Bounds>> ratios(List<Trial> trials) {
    int rounds = trials.stream().mapToInt(Trial::round).max().orElse(0);
    List<Map<Figure, Bounds>> ratios = new ArrayList<>();
    candidates.forEach(_ -> ratios.add(new LinkedHashMap<>()));
    for (Figure figure : rounds == 0 ? Set.<Figure>of() : figures) {
      double[][] values = new double[size()][rounds];
      for (double[] row : values) {
        Arrays.fill(row, Double.NaN);
      }
      for (int i = 0; i < size(); i++) {
        for (Trial trial : trials) {
          Double value = trial.figures().get(figure.key());
          if (trial.candidate().equals(name(i)) && trial.counts() && value != null) {
            values[i][trial.round() - 1] = value;
          }
        }
      }
      Duels duels = new Duels(values);
      for (int i = 0; i < size(); i++) {
        int candidate = i;
        duels.ratio(i, 0, SIDE).ifPresent(bounds -> ratios.get(candidate).put(figure, bounds));
      }
    }
    return ratios;
  }
}
