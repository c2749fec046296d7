package org.onemalloc.compare.judge;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Run.Sample;

/** A quantity that is measured in every run. Lower is better for each. */
public enum Figure {
  /** From start to end, nanoseconds. */
  WALL("wall", "wall time", "less wall time", "more wall time", Group.TIME),
  /** User and system CPU time, nanoseconds. */
  CPU("cpu", "CPU time", "less CPU time", "more CPU time", Group.TIME),
  /** The highest resident memory, bytes. */
  PEAK("peakRss", "peak", "lower peak", "higher peak", Group.MEMORY),
  /** Proportional memory averaged over the time of the run, bytes. */
  MEAN(
      "meanPss",
      "memory over time",
      "less memory over time",
      "more memory over time",
      Group.MEMORY),
  /** Resident memory at the end, bytes. */
  END(
      "endRss",
      "memory at the end",
      "less memory at the end",
      "more memory at the end",
      Group.MEMORY),
  /** Resident memory after idling, bytes. */
  IDLE(
      "idleRss",
      "memory when idle",
      "less memory when idle",
      "more memory when idle",
      Group.MEMORY),
  /** Minor and major page faults. */
  FAULTS("pageFaults", "page faults", "fewer page faults", "more page faults", Group.EVENTS),
  /** Voluntary and involuntary context switches. */
  SWITCHES(
      "contextSwitches",
      "context switches",
      "fewer context switches",
      "more context switches",
      Group.EVENTS);

  /** The unit of a figure, and whether it is judged. */
  public enum Group {
    /** Nanoseconds; part of the verdict. */
    TIME,
    /** Bytes; part of the verdict. */
    MEMORY,
    /** Counts, which explain a cost and are not one: shown, never judged. */
    EVENTS
  }

  private final String key;
  private final String label;
  private final String lower;
  private final String higher;
  private final Group group;

  Figure(String key, String label, String lower, String higher, Group group) {
    this.key = key;
    this.label = label;
    this.lower = lower;
    this.higher = higher;
    this.group = group;
  }

  /**
   * Returns the stable name in JSON.
   *
   * @return a name in camel case
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
   * @return true for time and memory
   */
  public boolean judged() {
    return group != Group.EVENTS;
  }

  /**
   * Returns its value in one run.
   *
   * @param run any run
   * @return nanoseconds, bytes or a count; empty if it was not measured
   */
  public OptionalDouble of(Run run) {
    Run.Usage usage = run.usage();
    return switch (this) {
      case WALL -> some(usage.wallNanos());
      case CPU -> some(usage.cpuNanos());
      case PEAK -> usage.peakRssBytes() > 0 ? some(usage.peakRssBytes()) : OptionalDouble.empty();
      case MEAN -> meanPss(run.samples());
      case END -> some(run.endRssBytes());
      case IDLE -> some(run.idleRssBytes());
      case FAULTS -> some(usage.minorFaults() + usage.majorFaults());
      case SWITCHES -> some(usage.voluntarySwitches() + usage.involuntarySwitches());
    };
  }

  /** Returns the words that follow a percentage: "31 % less memory when idle". */
  String change(boolean isLower) {
    return isLower ? lower : higher;
  }

  private static OptionalDouble some(long value) {
    return OptionalDouble.of((double) value);
  }

  private static OptionalDouble some(OptionalLong value) {
    return value.isPresent() ? some(value.getAsLong()) : OptionalDouble.empty();
  }

  /**
   * Returns the area under the sampled line (by trapezoids) divided by its length, so that uneven
   * sampling causes no bias.
   */
  private static OptionalDouble meanPss(List<Sample> all) {
    List<Sample> samples = all.stream().filter(Sample::hasPss).toList();
    if (samples.stream().noneMatch(sample -> sample.pssBytes() > 0)) {
      return OptionalDouble.empty();
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
