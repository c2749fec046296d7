package org.onemalloc.compare;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One run of one variant, measured over the whole process tree.
 *
 * @param variant the variant's name
 * @param round 1 for the first counted round; 0 for the warm-up
 * @param outcome how it ended
 * @param proof whether the allocator was in place and nothing escaped
 * @param usage what it cost
 * @param endRssBytes resident memory of the tree when the program marked the phase {@code end}, or
 *     when it began to rest and was ended for it; empty for any other
 * @param idleRssBytes resident memory of the tree after it had been idle, where that was measured
 * @param samples memory over time, oldest first
 * @param phases marks that the program set
 * @param statistics the allocator's own figures, where it can tell
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
    Optional<AllocatorStatistics> statistics) {

  /** Copies the lists. */
  public Run {
    samples = List.copyOf(samples);
    phases = List.copyOf(phases);
  }

  /**
   * Whether this run enters the figures: it ended well, and nothing speaks against its allocator.
   *
   * @return true if it counts
   */
  public boolean counts() {
    return outcome.ok() && proof.failures().isEmpty();
  }

  /**
   * How a run ended.
   *
   * @param exitCode the exit code, or 128 + the signal's number as shells say it
   * @param ok whether that is a good end: exit code 0, or ended by us once it was idle
   * @param message what a person should read if it is not ok: the end of the command's output
   */
  public record Outcome(int exitCode, boolean ok, String message) {}

  /**
   * What showed that the allocator was in place.
   *
   * @param proven whether every check passed, and nothing was left unseen
   * @param evidence one sentence for each check that passed
   * @param failures one sentence for each check that did not; empty if proven
   * @param unseen one sentence for each thing that nobody saw, which may have been as expected or
   *     not; empty if proven
   */
  public record Proof(
      boolean proven, List<String> evidence, List<String> failures, List<String> unseen) {
    /** Copies the lists. */
    public Proof {
      evidence = List.copyOf(evidence);
      failures = List.copyOf(failures);
      unseen = List.copyOf(unseen);
    }
  }

  /**
   * What a run cost, the whole process tree together.
   *
   * @param wallNanos from start to end
   * @param userNanos CPU time in user mode
   * @param systemNanos CPU time in the kernel
   * @param peakRssBytes the highest resident memory of the tree; 0 if too little of the run was
   *     seen to tell
   * @param peakPssBytes the highest sampled proportional set size of the tree
   * @param minorFaults page faults without I/O
   * @param majorFaults page faults with I/O
   * @param voluntarySwitches context switches by waiting
   * @param involuntarySwitches context switches by preemption
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
     * CPU time in user mode and in the kernel.
     *
     * @return nanoseconds
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
   * @param pssBytes proportional set size, summed over the processes; {@link #NOT_READ} in a sample
   *     that was to cost little
   * @param processes how many processes the tree had
   */
  public record Sample(long sinceStartNanos, long rssBytes, long pssBytes, int processes) {
    /** The proportional set size of a sample without one. */
    public static final long NOT_READ = -1;

    /**
     * Whether the proportional set size was read.
     *
     * @return false in a sample that was to cost little
     */
    public boolean hasPss() {
      return pssBytes != NOT_READ;
    }
  }

  /**
   * A mark that the program set by appending its name as a line to the file named by the
   * environment variable {@code ONEMALLOC_PHASES}.
   *
   * @param name the phase that begins
   * @param sinceStartNanos time since the run began
   * @param rssBytes resident memory of the tree at that moment
   */
  public record Phase(String name, long sinceStartNanos, long rssBytes) {}
}
