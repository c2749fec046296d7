package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.onemalloc.compare.Run.Outcome;
import org.onemalloc.compare.Run.Proof;
import org.onemalloc.compare.Run.Usage;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProcessTree.Member;
import org.onemalloc.compare.process.ProgramStart;
import org.onemalloc.compare.process.ResourceUsage;
import org.onemalloc.compare.process.Watchdog;
import org.onemalloc.inspect.process.MallocProviders;

/** Runs a prepared command once and measures its whole process tree. */
final class Measurement implements AutoCloseable {
  private static final int MESSAGE_LINES = 15;

  /** The time that processes which a command left running have to end by themselves. */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** The time that they have to end after a signal. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Path directory;
  private final Watchdog watchdog;
  private final MallocProviders providers = new MallocProviders();
  private final MallocProviders recorded = new MallocProviders();
  private final long intervalNanos;
  private final long idleNanos;
  private final Set<Path> javaHomes = new LinkedHashSet<>();
  private final Map<String, Set<String>> shipped = new TreeMap<>();
  private volatile int group;
  private volatile boolean interrupted;

  /**
   * Prepares to measure runs.
   *
   * @param directory the directory for the outputs of the runs; it must exist, and is removed at
   *     the end
   * @param intervalNanos the time between two samples
   * @param idleNanos the time at rest after which a program is ended; 0 to wait until it ends by
   *     itself
   */
  Measurement(Path directory, long intervalNanos, long idleNanos) {
    this.directory = directory;
    this.watchdog = new Watchdog(directory);
    this.intervalNanos = intervalNanos;
    this.idleNanos = idleNanos;
    Posix.adoptOrphans();
  }

  /**
   * Runs a command once.
   *
   * @param ready the prepared command
   * @param round the round of the run; 0 for the warm-up
   * @param statistics whether to request the allocator's own statistics at exit
   * @throws CommandException if the command cannot be started
   */
  Run once(Preparation ready, int round, boolean statistics) {
    try (RunFiles files = RunFiles.in(directory);
        ProgramHistory history = new ProgramHistory(recorded)) {
      return once(ready, round, statistics, files, history);
    } catch (IOException e) {
      throw CommandException.unusable(
          "The output of a run cannot be kept in " + directory + ": " + e.getMessage() + ".");
    }
  }

  private Run once(
      Preparation ready, int round, boolean statistics, RunFiles files, ProgramHistory history) {
    Map<String, String> changes = new HashMap<>(ready.environment());
    changes.put(Watchdog.MARK, watchdog.mark());
    changes.put("ONEMALLOC_PHASES", files.phases().toString());
    if (statistics) {
      AllocatorReport.request(ready.allocator(), changes);
    }
    Witness witness = new Witness(ready.expectation(), providers);
    ProcessTree processes = new ProcessTree();
    long started = System.nanoTime();
    int pid = spawn(ready, changes, files.output());
    group = pid;
    history.follow(pid);
    processes.follow(pid);
    watchdog.guard(pid);
    if (interrupted) {
      Posix.killGroup(pid, Posix.SIGKILL);
    }
    Sampler.Tree tree = new Sampler.Tree(processes, watchdog);
    Sampler sampler = new Sampler(pid, started, intervalNanos, idleNanos, files, tree, witness);
    sampler.start();
    // Read after the start, so that this peak is not lower than the one that the child inherited.
    long ownPeak = ProcessMemory.of(ProcessHandle.current().pid()).peakRssBytes();
    Posix.Ended ended = Posix.await(pid);
    Remains remains = new Remains(pid, processes, witness);
    if (idleNanos > 0) {
      remains.await(() -> sampler.endedByRest() || interrupted);
    }
    long wall = System.nanoTime() - started;
    sampler.stop();
    List<String> left = remains.end(sampler.endedByRest() || interrupted ? 0 : GRACE_NANOS);
    group = 0;
    watchdog.guard(0);
    history.close();
    witness.complete(history);
    javaHomes.addAll(witness.javaHomes());
    if (ready.name().isShipped()) {
      witness.served().forEach((file, names) -> shipped.merge(file, names, Measurement::union));
    }
    ResourceUsage cost = ended.usage().plus(processes.collected());
    return new Run(
        ready.name().text(),
        round,
        outcome(ended, sampler.endedByRest(), left, files),
        proof(ready, witness),
        usage(cost, wall, sampler, ownPeak),
        sampler.endRssBytes(),
        sampler.idleRssBytes(),
        sampler.samples(),
        sampler.phases(),
        statistics
            ? AllocatorReport.read(ready.allocator(), files.lastOutput())
            : Optional.empty());
  }

  /** Ends the current run, and every later one at its start. May be called by any thread. */
  void interrupt() {
    interrupted = true;
    int running = group;
    if (running != 0) {
      Posix.killGroup(running, Posix.SIGKILL);
    }
  }

  /** Returns the Java images that the runs so far have started. */
  Set<Path> javaHomes() {
    return javaHomes;
  }

  /**
   * Returns a sentence that names the providers of malloc in the variant {@code shipped}; empty if
   * it has not run.
   */
  Optional<String> shipped() {
    if (shipped.isEmpty()) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    shipped.forEach((file, names) -> parts.add(file + " served " + String.join(", ", names)));
    return Optional.of("As shipped, " + String.join("; ", parts) + ".");
  }

  boolean interrupted() {
    return interrupted;
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(others);
    return all;
  }

  private static int spawn(Preparation ready, Map<String, String> changes, Path output) {
    Set<Integer> open = OwnProcess.descriptors();
    open.removeAll(Set.of(0, 1, 2));
    Posix.closeOnExec(open);
    try {
      return ProgramStart.spawn(
          ready.program().file().toString(),
          ready.arguments(),
          Environ.inheritedWith(changes),
          output.toString());
    } catch (Posix.PosixException e) {
      throw CommandException.unusable(e.getMessage() + ".");
    }
  }

  /**
   * The processes of a run that are left after its first process has ended. They are ended, because
   * they would disturb the next run or even do its work: a build daemon started under one allocator
   * would serve the runs of all others.
   */
  private static final class Remains {
    private final int group;
    private final ProcessTree processes;
    private final Witness witness;

    Remains(int group, ProcessTree processes, Witness witness) {
      this.group = group;
      this.processes = processes;
      this.witness = witness;
    }

    /** Waits until no process is left, or a condition holds. */
    void await(BooleanSupplier enough) {
      while (!enough.getAsBoolean() && !processes.members().isEmpty()) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    }

    private List<Member> await(long nanos, boolean look) {
      long until = System.nanoTime() + nanos;
      List<Member> living = processes.members();
      while (!living.isEmpty() && System.nanoTime() < until) {
        if (look) {
          witness.look(living);
        }
        LockSupport.parkNanos(POLL_NANOS);
        living = processes.members();
      }
      return living;
    }

    /**
     * Ends the processes.
     *
     * @param grace the time that they have to end by themselves, in nanoseconds
     * @return the names of those that did not
     */
    List<String> end(long grace) {
      List<String> left = await(grace, true).stream().map(Member::toString).toList();
      long patience = grace == 0 ? 0 : PATIENCE_NANOS;
      for (int signal : new int[] {Posix.SIGTERM, Posix.SIGKILL}) {
        for (Member member : processes.members()) {
          Posix.kill(member.pid(), signal);
        }
        await(patience, false);
      }
      // Processes that fork faster than they are killed, and members of the group that were not
      // found.
      Posix.killGroup(group, Posix.SIGKILL);
      for (int i = 0; i < 50 && !processes.members().isEmpty(); i++) {
        processes.members().forEach(member -> Posix.kill(member.pid(), Posix.SIGKILL));
        LockSupport.parkNanos(POLL_NANOS);
      }
      return left;
    }
  }

  /**
   * Returns the outcome of a run. A program that we ended at rest has done its work, so its exit
   * code does not matter.
   */
  private static Outcome outcome(
      Posix.Ended ended, boolean rested, List<String> left, RunFiles files) {
    int code = ended.exitCode();
    if (code == 0 && !rested && !left.isEmpty()) {
      return new Outcome(
          code,
          false,
          "it ended and left "
              + String.join(", ", left)
              + " running, whose further work is in no figure; that was ended. Start it in the"
              + " foreground, let the command wait for it, or give --idle.");
    }
    if (code == 0 || rested) {
      return new Outcome(code, true, "");
    }
    List<String> lines = files.lastOutput().lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - MESSAGE_LINES), lines.size());
    return new Outcome(code, false, String.join("\n", last));
  }

  private static Proof proof(Preparation ready, Witness witness) {
    List<String> evidence = new ArrayList<>(ready.proof().evidence());
    evidence.addAll(witness.evidence());
    List<String> failures = new ArrayList<>(ready.proof().failures());
    failures.addAll(witness.failures());
    List<String> unseen = failures.isEmpty() ? witness.unseen() : List.of();
    return new Proof(failures.isEmpty() && unseen.isEmpty(), evidence, failures, unseen);
  }

  private static Usage usage(ResourceUsage kernel, long wall, Sampler sampler, long ownPeak) {
    long peak = peak(kernel.maxRssBytes(), ownPeak, sampler.peakRssBytes(wall));
    long peakPss =
        sampler.samples().stream()
            .filter(Run.Sample::hasPss)
            .mapToLong(Run.Sample::pssBytes)
            .max()
            .orElse(0);
    return new Usage(
        wall,
        kernel.userNanos(),
        kernel.systemNanos(),
        peak,
        peakPss,
        kernel.minorFaults(),
        kernel.majorFaults(),
        kernel.voluntarySwitches(),
        kernel.involuntarySwitches());
  }

  /**
   * Returns the peak of a child's resident memory. The kernel's figure is exact, but never below
   * the peak of this process, whose address space the child shared until it called execve. If the
   * child's peak is lower, only the sampled peak is available. The kernel adds up per-CPU counters
   * approximately, so two readings of one peak differ by a few pages.
   *
   * @return the peak in bytes; 0 if nothing is known of the child
   */
  static long peak(long kernel, long own, long sampled) {
    boolean childs = kernel > own + own / 16;
    return childs ? Math.max(kernel, sampled) : sampled;
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
