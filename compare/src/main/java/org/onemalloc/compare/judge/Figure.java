package org.onemalloc.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Run.Sample;
import org.onemalloc.compare.server.Measured;

/**
 * A quantity that is measured in every run: one of the constants, or one that the load generator of
 * a server reports. Two figures with the same key are equal.
 *
 * <p>Lower is better for each constant. Immutable and thread-safe.
 */
public final class Figure {
  /** From start to end, nanoseconds; of a server under load, nothing. */
  public static final Figure WALL =
      new Figure(
          "wall",
          "wall time",
          "wall",
          "s",
          Group.TIME,
          "less wall time",
          "more wall time",
          run -> run.load().isPresent() ? none() : some(run.usage().wallNanos()));

  /** User and system CPU time, nanoseconds. */
  public static final Figure CPU =
      new Figure(
          "cpu",
          "CPU time",
          "CPU",
          "s",
          Group.TIME,
          "less CPU time",
          "more CPU time",
          run -> some(run.usage().cpuNanos()));

  /** The highest resident memory, bytes. */
  public static final Figure PEAK =
      new Figure(
          "peakRss",
          "peak",
          "peak",
          "MB",
          Group.MEMORY,
          "lower peak",
          "higher peak",
          run -> positive(run.usage().peakRssBytes()));

  /**
   * The highest proportional memory of a run that had several processes at a time, bytes. The sum
   * of resident memory counts a page once for each process that shares it.
   */
  public static final Figure PEAK_PSS =
      new Figure(
          "peakPss",
          "proportional peak",
          "peak PSS",
          "MB",
          Group.MEMORY,
          "lower proportional peak",
          "higher proportional peak",
          run ->
              run.samples().stream().anyMatch(sample -> sample.processes() > 1)
                  ? positive(run.usage().peakPssBytes())
                  : none());

  /** Proportional memory averaged over the time of the run, bytes. */
  public static final Figure MEAN =
      new Figure(
          "meanPss",
          "memory over time",
          "mean",
          "MB",
          Group.MEMORY,
          "less memory over time",
          "more memory over time",
          run -> meanPss(run.samples()));

  /** Resident memory at the end, bytes. */
  public static final Figure END =
      new Figure(
          "endRss",
          "memory at the end",
          "end",
          "MB",
          Group.MEMORY,
          "less memory at the end",
          "more memory at the end",
          run -> some(run.endRssBytes()));

  /** Resident memory after idling, bytes. */
  public static final Figure IDLE =
      new Figure(
          "idleRss",
          "memory when idle",
          "idle",
          "MB",
          Group.MEMORY,
          "less memory when idle",
          "more memory when idle",
          run -> some(run.idleRssBytes()));

  /** Minor and major page faults. */
  public static final Figure FAULTS =
      new Figure(
          "pageFaults",
          "page faults",
          "faults",
          "",
          Group.EVENTS,
          "fewer page faults",
          "more page faults",
          run -> some(run.usage().minorFaults() + run.usage().majorFaults()));

  /** Voluntary and involuntary context switches. */
  public static final Figure SWITCHES =
      new Figure(
          "contextSwitches",
          "context switches",
          "switches",
          "",
          Group.EVENTS,
          "fewer context switches",
          "more context switches",
          run -> some(run.usage().voluntarySwitches() + run.usage().involuntarySwitches()));

  private static final List<Figure> CONSTANTS =
      List.of(WALL, CPU, PEAK, PEAK_PSS, MEAN, END, IDLE, FAULTS, SWITCHES);

  /** The unit of a figure, and whether it is judged. */
  public enum Group {
    /** Nanoseconds; part of the verdict. */
    TIME,
    /** Bytes; part of the verdict. */
    MEMORY,
    /** What the load generator reports, in its own unit; part of the verdict. */
    LOAD,
    /** Counts, which explain a cost and are not one: shown, never judged. */
    EVENTS
  }

  private final String key;
  private final String label;
  private final String column;
  private final String unit;
  private final Group group;
  private final String lower;
  private final String higher;
  private final boolean higherIsBetter;
  private final Function<Run, OptionalDouble> value;

  /** Creates a figure of which less is better. */
  private Figure(
      String key,
      String label,
      String column,
      String unit,
      Group group,
      String lower,
      String higher,
      Function<Run, OptionalDouble> value) {
    this(key, label, column, unit, group, lower, higher, false, value);
  }

  private Figure(
      String key,
      String label,
      String column,
      String unit,
      Group group,
      String lower,
      String higher,
      boolean higherIsBetter,
      Function<Run, OptionalDouble> value) {
    this.key = key;
    this.label = label;
    this.column = column;
    this.unit = unit;
    this.group = group;
    this.lower = lower;
    this.higher = higher;
    this.higherIsBetter = higherIsBetter;
    this.value = value;
  }

  private static Figure reported(Measured measured) {
    String reported = measured.name();
    boolean taken =
        CONSTANTS.stream().anyMatch(f -> f.key.equals(reported) || f.column.equals(reported));
    String name = taken ? "reported " + reported : reported;
    return new Figure(
        name,
        name,
        name,
        measured.unit(),
        Group.LOAD,
        "lower " + name,
        "higher " + name,
        measured.higherIsBetter(),
        run -> run.load().map(load -> load.valueOf(reported)).orElse(none()));
  }

  private static Figure peakOf(String role) {
    return new Figure(
        role + "PeakRss",
        "peak of each " + role,
        role,
        "MB",
        Group.MEMORY,
        "lower peak of each " + role,
        "higher peak of each " + role,
        run ->
            run.roles().stream()
                .filter(each -> each.name().equals(role))
                .mapToDouble(Run.Role::peakRssBytes)
                .findFirst());
  }

  /**
   * Returns the figures that the runs of a comparison can have, in the order of the table: what the
   * load generator reports, then the constants.
   *
   * @param comparison any comparison
   * @return the figures, each once
   */
  public static List<Figure> of(Comparison comparison) {
    return of(comparison.runs());
  }

  /**
   * Returns the figures that some runs can have, in the same order.
   *
   * @param runs any runs
   * @return the figures, each once
   */
  public static List<Figure> of(List<Run> runs) {
    Map<String, Figure> reported = new LinkedHashMap<>();
    for (Run run : runs) {
      run.load()
          .ifPresent(
              load -> load.figures().forEach(m -> reported.putIfAbsent(m.name(), reported(m))));
    }
    List<Figure> figures = new ArrayList<>(reported.values());
    figures.addAll(CONSTANTS);
    runs.stream()
        .flatMap(run -> run.roles().stream())
        .map(Run.Role::name)
        .distinct()
        .sorted()
        .forEach(role -> figures.add(peakOf(role)));
    return figures;
  }

  /**
   * Returns the stable name in JSON.
   *
   * @return a name in camel case, or the load generator's name of the figure
   */
  public String key() {
    return key;
  }

  /**
   * Returns the name in text.
   *
   * @return a noun
   */
  public String label() {
    return label;
  }

  /**
   * Returns the title of its column.
   *
   * @return a short name without the unit
   */
  public String column() {
    return column;
  }

  /**
   * Returns the unit in which it is shown.
   *
   * @return seconds, MB, the load generator's unit, or an empty string for a count
   */
  public String unit() {
    return unit;
  }

  /**
   * Returns its unit and kind.
   *
   * @return its group
   */
  public Group group() {
    return group;
  }

  /**
   * Returns whether it can be called different and enters verdicts.
   *
   * @return true for time, memory and what the load generator reports
   */
  public boolean judged() {
    return group != Group.EVENTS;
  }

  /**
   * Returns whether a variant with this difference is better.
   *
   * @param difference the difference to the baseline
   * @return true if it is lower, or higher where that is better
   */
  public boolean isBetter(Difference difference) {
    return difference == (higherIsBetter ? Difference.HIGHER : Difference.LOWER);
  }

  /**
   * Returns whether a variant with this difference is worse.
   *
   * @param difference the difference to the baseline
   * @return true if it is higher, or lower where that is worse
   */
  public boolean isWorse(Difference difference) {
    return difference == (higherIsBetter ? Difference.LOWER : Difference.HIGHER);
  }

  /**
   * Returns whether a higher value is better.
   *
   * @return true only for some of what the load generator reports
   */
  public boolean higherIsBetter() {
    return higherIsBetter;
  }

  /** Returns the logarithm of a ratio of this figure as a cost: negative is better. */
  double cost(double ratio) {
    return higherIsBetter ? -Math.log(ratio) : Math.log(ratio);
  }

  /**
   * Returns the words for the direction.
   *
   * @return "Lower is better." or "Higher is better."
   */
  public String direction() {
    return higherIsBetter ? "Higher is better." : "Lower is better.";
  }

  /**
   * Returns its value in one run.
   *
   * @param run any run
   * @return nanoseconds, bytes, a count or the load generator's number; empty if it was not
   *     measured
   */
  public OptionalDouble of(Run run) {
    return value.apply(run);
  }

  /**
   * Returns the words that follow a percentage: "31 % less memory when idle".
   *
   * @param isLower whether the figure is lower
   * @return words without a number
   */
  public String change(boolean isLower) {
    return isLower ? lower : higher;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Figure figure && figure.key.equals(key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return key;
  }

  private static OptionalDouble none() {
    return OptionalDouble.empty();
  }

  private static OptionalDouble some(long value) {
    return OptionalDouble.of((double) value);
  }

  private static OptionalDouble some(OptionalLong value) {
    return value.isPresent() ? some(value.getAsLong()) : none();
  }

  private static OptionalDouble positive(long value) {
    return value > 0 ? some(value) : none();
  }

  /**
   * Returns the area under the sampled line (by trapezoids) divided by its length, so that uneven
   * sampling causes no bias.
   */
  private static OptionalDouble meanPss(List<Sample> all) {
    List<Sample> samples = all.stream().filter(Sample::hasPss).toList();
    if (samples.stream().noneMatch(sample -> sample.pssBytes() > 0)) {
      return none();
    }
    double area = 0;
    for (int i = 1; i < samples.size(); i++) {
      Sample before = samples.get(i - 1);
      Sample after = samples.get(i);
      double nanos = after.sinceStartNanos() - before.sinceStartNanos();
      area += nanos * (before.pssBytes() + after.pssBytes()) / 2.0;
    }
    double span = samples.getLast().sinceStartNanos() - samples.getFirst().sinceStartNanos();
    return OptionalDouble.of(span > 0 ? area / span : (double) samples.getFirst().pssBytes());
  }
}
