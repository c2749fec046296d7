package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.onemalloc.compare.Run.Outcome;
import org.onemalloc.compare.Run.Proof;
import org.onemalloc.compare.Run.Usage;
import org.onemalloc.compare.process.Environ;
import org.onemalloc.compare.process.OwnProcess;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProgramStart;
import org.onemalloc.compare.process.ResourceUsage;
import org.onemalloc.compare.process.StartedWith;
import org.onemalloc.compare.process.Watchdog;
import org.onemalloc.compare.server.LoadSession;
import org.onemalloc.compare.server.ServerLoad;
import org.onemalloc.inspect.process.MallocProviders;
import org.onemalloc.text.Text;

/** Runs a prepared command once and measures its whole process tree. */
final class Measurement implements AutoCloseable {
  private static final int MESSAGE_LINES = 15;

  /** Names the file for the figures of a load. No process of the server has this variable. */
  private static final String FIGURES = "ONEMALLOC_FIGURES";

  private final Path directory;
  private final Watchdog watchdog;
  private final MallocProviders providers = new MallocProviders();
  private final MallocProviders recorded = new MallocProviders();
  private final long intervalNanos;
  private final long idleNanos;
  private final Optional<ServerLoad> load;
  private final Optional<Path> outputs;
  private final Engine engine;
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
   * @param load how a server is used; empty for a command that is no server
   * @param outputs the directory in which the output of every run is kept; empty for none
   * @param engine the engine that the command submits to
   */
  Measurement(
      Path directory,
      long intervalNanos,
      long idleNanos,
      Optional<ServerLoad> load,
      Optional<Path> outputs,
      Engine engine) {
    this.directory = directory;
    this.watchdog = new Watchdog(directory);
    this.intervalNanos = intervalNanos;
    this.idleNanos = idleNanos;
    this.load = load;
    this.outputs = outputs;
    this.engine = engine;
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
        ProgramHistory history = new ProgramHistory(recorded, ready.expectation())) {
      Run measured = once(ready, round, statistics, files, history);
      Run run = files.noRoom().map(measured::failed).orElse(measured);
      if (outputs.isPresent()) {
        files.keep(outputs.get(), "%02d-%s".formatted(round, ready.name().asFileName()));
      }
      return run;
    } catch (IOException e) {
      throw CommandException.unusable(
          "The output of a run cannot be kept: " + e.getMessage() + ".");
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
    ProcessCheck check =
        new ProcessCheck(
            ready.expectation(), statistics ? ready.settings().with(changes) : ready.settings());
    Witness witness = new Witness(check, providers);
    ProcessTree processes =
        new ProcessTree(load.map(_ -> FIGURES + "=" + files.figuresFile()).orElse(""));
    Optional<LoadedServer> server =
        load.map(plan -> server(round == 0 ? plan.once() : plan, ready, files, processes));
    Optional<String> unusable = server.flatMap(LoadedServer::prepare);
    if (unusable.isPresent()) {
      return notStarted(ready, round, unusable.get());
    }
    long started = System.nanoTime();
    List<byte[]> environment = Environ.inheritedWith(changes);
    List<byte[]> words =
        engine == Engine.SPARK
            ? SparkSubmission.of(ready.arguments(), ready.environment(), files.evidence())
            : ready.arguments();
    int pid = spawn(ready, words, environment, files.output());
    group = pid;
    history.follow(pid, StartedWith.of(environment, words));
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
    Remains remains = new Remains(pid, processes, witness);
    Optional<LoadSession.Result> used = server.map(one -> one.use(pid, remains, sampler));
    Posix.Ended ended = Posix.await(pid);
    if (idleNanos > 0) {
      remains.await(() -> sampler.endedByRest() || interrupted);
    }
    long wall = System.nanoTime() - started;
    sampler.stop();
    List<String> left =
        remains.end(
            used.isPresent() || sampler.endedByRest() || interrupted ? 0 : Remains.GRACE_NANOS);
    group = 0;
    watchdog.guard(0);
    history.close();
    witness.complete(history, started, started + wall);
    javaHomes.addAll(witness.javaHomes());
    if (ready.name().isShipped()) {
      witness
          .findings()
          .served()
          .forEach((file, names) -> shipped.merge(file, names, Measurement::union));
    }
    ExecutorReview executors =
        engine == Engine.SPARK
            ? ExecutorReview.of(files.evidence(), ready.expectation())
            : new ExecutorReview(List.of(), List.of(), List.of());
    ResourceUsage cost = ended.usage().plus(processes.collected());
    return new Run(
        ready.name().text(),
        round,
        used.isPresent()
            ? outcome(ended, used.get(), files)
            : outcome(ended, sampler.endedByRest(), left, files),
        proof(ready, witness, executors, sampler.failure()),
        usage(cost, wall, sampler, ownPeak),
        sampler.endRssBytes(),
        sampler.idleRssBytes(),
        sampler.samples(),
        sampler.phases(),
        statistics ? AllocatorReport.read(ready.allocator(), files.lastOutput()) : Optional.empty(),
        used.filter(result -> result.failure().isEmpty())
            .map(result -> new Run.Load(result.loadNanos(), result.figures())),
        executors.roles());
  }

  private LoadedServer server(
      ServerLoad plan, Preparation ready, RunFiles files, ProcessTree processes) {
    Map<String, String> environment =
        Map.of(
            Watchdog.MARK,
            watchdog.mark(),
            "ONEMALLOC_PHASES",
            files.phases().toString(),
            FIGURES,
            files.figuresFile().toString(),
            "ONEMALLOC_VARIANT",
            ready.name().text());
    return new LoadedServer(plan, files, environment, processes, () -> interrupted);
  }

  private static Run notStarted(Preparation ready, int round, String why) {
    return new Run(
        ready.name().text(),
        round,
        Outcome.notCounted(0, why),
        new Proof(false, List.of(), List.of(), List.of(), List.of()),
        new Usage(0, 0, 0, 0, 0, 0, 0, 0, 0),
        OptionalLong.empty(),
        OptionalLong.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of());
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

  private static int spawn(
      Preparation ready, List<byte[]> words, List<byte[]> environment, Path output) {
    OwnProcess.closeOthersOnExec();
    try {
      return ProgramStart.spawn(
          ready.program().file().toString(), words, environment, output.toString());
    } catch (Posix.PosixException e) {
      throw CommandException.unusable(e.getMessage() + ".");
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
      return Outcome.notCounted(
          code,
          "it ended and left "
              + String.join(", ", left)
              + " running. The work of what is left cannot be measured, so it was ended: start it in"
              + " the foreground, let the command wait for it, or give --idle.");
    }
    if (code == 0 || rested) {
      return Outcome.succeeded(code);
    }
    return Outcome.failed(code, Text.lastLines(files.lastOutput(), MESSAGE_LINES));
  }

  /**
   * Returns the outcome of a server's run. It was ended by us, so its exit code does not matter.
   */
  private static Outcome outcome(Posix.Ended ended, LoadSession.Result used, RunFiles files) {
    if (used.failure().isEmpty()) {
      return Outcome.succeeded(ended.exitCode());
    }
    String server = Text.lastLines(files.lastOutput(), MESSAGE_LINES);
    return Outcome.notCounted(
        ended.exitCode(),
        used.failure().get().strip()
            + (server.isEmpty() ? "" : "\nThe last lines of the server:\n" + server));
  }

  private static Proof proof(
      Preparation ready, Witness witness, ExecutorReview executors, Optional<String> unsampled) {
    List<String> evidence = new ArrayList<>(ready.examination().proof().evidence());
    evidence.addAll(witness.evidence());
    evidence.addAll(executors.evidence());
    List<String> failures = new ArrayList<>(executors.failures());
    failures.addAll(witness.findings().failures());
    failures.addAll(ready.examination().proof().failures());
    List<String> unseen = new ArrayList<>();
    if (failures.isEmpty()) {
      unseen.addAll(witness.findings().unseen());
      unsampled.ifPresent(unseen::add);
    }
    return new Proof(
        failures.isEmpty() && unseen.isEmpty(),
        evidence,
        failures,
        unseen,
        witness.findings().unread());
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
