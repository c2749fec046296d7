package org.onemalloc.compare;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.onemalloc.compare.server.Measured;

/**
 * One run of one variant, measured over the whole process tree.
 *
 * @param variant the variant's name
 * @param round 1 for the first counted round; 0 for the warm-up
 * @param outcome how the run ended
 * @param proof the evidence that the expected allocator was used everywhere
 * @param usage the resources used
 * @param endRssBytes resident memory of the tree when the program marked the phase {@code end}, or
 *     when it came to rest and was ended for that reason; otherwise empty
 * @param idleRssBytes resident memory of the tree after it had been idle; empty if not measured
 * @param samples the samples of memory, oldest first
 * @param phases the phases that the program marked
 * @param statistics the allocator's own statistics; empty if it has none
 * @param load the load that a server was under; empty for a command that is no server, and where
 *     the load did not end well
 * @param roles the memory of the processes of an engine; empty without one
 */
public record Run(
    String variant,
    int round,
    Outcome outcome,
    Proof proof,
    Usage usage,
    OptionalLong endRssBytes,
    OptionalLong idleRssBytes,
    List<Sample> samples,
    List<Phase> phases,
    Optional<AllocatorStatistics> statistics,
    Optional<Load> load,
    List<Role> roles) {

  /** Copies the lists. */
  public Run {
    samples = List.copyOf(samples);
    phases = List.copyOf(phases);
    roles = List.copyOf(roles);
  }

  /**
   * Returns whether this run enters the figures: it succeeded, and no check of its allocator
   * failed.
   *
   * @return true if it counts
   */
  public boolean counts() {
    return outcome.ok() && proof.failures().isEmpty();
  }

  /** Returns the same run as a failed one, for a reason that the program does not know. */
  Run failed(String why) {
    return new Run(
        variant,
        round,
        Outcome.notCounted(outcome.exitCode(), why),
        proof,
        usage,
        endRssBytes,
        idleRssBytes,
        samples,
        phases,
        statistics,
        load,
        roles);
  }

  /**
   * The outcome of a run.
   *
   * @param exitCode the exit code, or 128 + the signal's number as in shells
   * @param ok whether the run succeeded: the exit code is 0, or we ended the program when it was
   *     idle
   * @param judged whether the first line of the message says why the run does not count, whatever
   *     the exit code is
   * @param message the message for the user if the run failed; its other lines are the last ones of
   *     the command's output
   */
  public record Outcome(int exitCode, boolean ok, boolean judged, String message) {
    /** Returns the outcome of a run that succeeded. */
    public static Outcome succeeded(int exitCode) {
      return new Outcome(exitCode, true, false, "");
    }

    /** Returns the outcome of a run whose exit code says that it failed. */
    public static Outcome failed(int exitCode, String output) {
      return new Outcome(exitCode, false, false, output);
    }

    /** Returns the outcome of a run that does not count for a reason of ours. */
    public static Outcome notCounted(int exitCode, String why) {
      return new Outcome(exitCode, false, true, why);
    }
  }

  /**
   * The evidence that the expected allocator was used.
   *
   * @param proven whether every check passed and none was left open
   * @param evidence one sentence for each check that passed
   * @param failures one sentence for each check that failed; empty if proven
   * @param unseen one sentence for each check that could not be made; empty if proven
   * @param unread the names of the programs whose environment was not read, in a variant without
   *     settings; a run with such programs may be proven
   */
  public record Proof(
      boolean proven,
      List<String> evidence,
      List<String> failures,
      List<String> unseen,
      List<String> unread) {
    /** Copies the lists. */
    public Proof {
      evidence = List.copyOf(evidence);
      failures = List.copyOf(failures);
      unseen = List.copyOf(unseen);
      unread = List.copyOf(unread);
    }
  }

  /**
   * The resources used by a run, summed over its process tree.
   *
   * @param wallNanos the time from start to end
   * @param userNanos CPU time in user mode
   * @param systemNanos CPU time in the kernel
   * @param peakRssBytes the highest resident memory of the tree; 0 if too little of the run was
   *     sampled
   * @param peakPssBytes the highest sampled proportional set size of the tree
   * @param minorFaults page faults without I/O
   * @param majorFaults page faults with I/O
   * @param voluntarySwitches context switches because a process waited
   * @param involuntarySwitches context switches because a process was preempted
   */
  public record Usage(
      long wallNanos,
      long userNanos,
      long systemNanos,
      long peakRssBytes,
      long peakPssBytes,
      long minorFaults,
      long majorFaults,
      long voluntarySwitches,
      long involuntarySwitches) {

    /**
     * Returns the CPU time in user mode and in the kernel.
     *
     * @return the CPU time in nanoseconds
     */
    public long cpuNanos() {
      return userNanos + systemNanos;
    }
  }

  /**
   * The memory of the process tree at one moment.
   *
   * @param sinceStartNanos time since the run began
   * @param rssBytes resident set size, summed over the processes
   * @param pssBytes proportional set size, summed over the processes; {@link #NOT_READ} if it was
   *     not read, to save time
   * @param processes the number of processes in the tree
   */
  public record Sample(long sinceStartNanos, long rssBytes, long pssBytes, int processes) {
    /** The proportional set size of a sample without one. */
    public static final long NOT_READ = -1;

    /**
     * Returns whether the proportional set size was read.
     *
     * @return false if it was left out to save time
     */
    public boolean hasPss() {
      return pssBytes != NOT_READ;
    }
  }

  /**
   * The load that a server was under.
   *
   * @param nanos the time from the start of the load generator to its end
   * @param figures what it reported, each name once
   */
  public record Load(long nanos, List<Measured> figures) {
    /** Copies the list. */
    public Load {
      figures = List.copyOf(figures);
    }

    /**
     * Returns the value of a figure.
     *
     * @param name its name
     * @return the value; empty if it was not reported
     */
    public OptionalDouble valueOf(String name) {
      return figures.stream()
          .filter(figure -> figure.name().equals(name))
          .mapToDouble(Measured::value)
          .findFirst();
    }
  }

  /**
   * The memory of the processes of an engine in one role, on all machines.
   *
   * @param name {@code driver} or {@code executor}
   * @param processes their number, at least 1
   * @param peakRssBytes the highest resident memory of such a process, on average
   */
  public record Role(String name, int processes, long peakRssBytes) {}

  /**
   * The beginning of a phase. The program marks it by appending the phase's name as a line to the
   * file that the environment variable {@code ONEMALLOC_PHASES} names.
   *
   * @param name the name of the phase
   * @param sinceStartNanos time since the run began
   * @param rssBytes resident memory of the tree at that moment
   */
  public record Phase(String name, long sinceStartNanos, long rssBytes) {}
}
