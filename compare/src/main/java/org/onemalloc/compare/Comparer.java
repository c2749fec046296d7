package org.onemalloc.compare;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.compare.Comparison.End;
import org.onemalloc.compare.server.ServerLoad;

/**
 * Implements {@code compare}: runs one command under several allocators. Each round runs every
 * allocator once, in a new random order, so that a change in the machine's speed affects all of
 * them alike.
 *
 * <p>Only one thread may call {@link #compare}; any thread may call {@link #interrupt}.
 */
public final class Comparer implements AutoCloseable {
  private final Request request;
  private final Measurement measurement;
  private final List<String> notes = new ArrayList<>();
  private Subject subject;

  /**
   * A request for a comparison.
   *
   * @param command the command, the program's name first
   * @param variants the names of the variants; empty for the usual ones
   * @param environments the variables of single variants, by their names
   * @param runs the maximum number of counted runs of each variant, at least 1
   * @param early whether to end earlier if the verdicts are decided
   * @param seed the seed of the random order of the variants within each round
   * @param interval the time between two samples of memory, at least 10 ms and at most an hour
   * @param idle the time at rest after which the program is ended, at most a day; zero to wait
   *     until it ends by itself
   * @param statistics whether to request the allocators' own statistics at exit
   * @param load how the command, a server, is used in each run; empty for a command that does its
   *     work and ends by itself
   * @param engine the engine that the command submits to
   * @param outputs the directory in which the output of every run is kept; empty for none
   * @param reproduce the command line that repeats this comparison, for the reader
   * @param tool the version of onemalloc
   */
  public record Request(
      List<String> command,
      List<String> variants,
      Map<String, Map<String, String>> environments,
      int runs,
      boolean early,
      long seed,
      Duration interval,
      Duration idle,
      boolean statistics,
      Optional<ServerLoad> load,
      Engine engine,
      Optional<Path> outputs,
      List<String> reproduce,
      String tool) {

    /** Copies the lists and checks the ranges. */
    public Request {
      command = List.copyOf(command);
      variants = List.copyOf(variants);
      environments = Map.copyOf(environments);
      reproduce = List.copyOf(reproduce);
      if (runs < 1) {
        throw CommandException.unusable("--runs must be at least 1, not " + runs + ".");
      }
      if (interval.compareTo(Duration.ofMillis(10)) < 0
          || interval.compareTo(Duration.ofHours(1)) > 0) {
        throw CommandException.unusable("--interval must be from 10 ms to an hour.");
      }
      if (idle.isNegative() || idle.compareTo(Duration.ofDays(1)) > 0) {
        throw CommandException.unusable("--idle must be from 0 to a day.");
      }
      if (load.isPresent() && !idle.isZero()) {
        throw CommandException.unusable(
            "--idle is for a command that does its work by itself: give --rest with --load.");
      }
      if (engine != Engine.NONE && (load.isPresent() || !idle.isZero())) {
        throw CommandException.unusable(
            "--engine is for an application that ends by itself: omit --load and --idle.");
      }
      List<String> names =
          variants.stream().map(variant -> VariantName.labelled(variant).text()).toList();
      if (Set.copyOf(names).size() < names.size()) {
        throw CommandException.unusable(
            "a variant is named twice in " + String.join(",", variants) + ": name each once.");
      }
    }
  }

  /**
   * Prepares a comparison. Only the watchdog is started, which ends a run if this process is
   * killed.
   *
   * @param request the request
   */
  public Comparer(Request request) {
    this.request = request;
    measurement = Subject.measurement(request);
  }

  /**
   * Runs the comparison.
   *
   * @param progress receives the start of every run and the end of every round
   * @return the measurements, up to the point where the comparison ended
   * @throws CommandException if the command or an explicitly named variant cannot be used, or the
   *     command fails without any change; nothing was measured
   * @throws AllocatorException if an explicitly named allocator is not installed
   */
  public Comparison compare(Progress progress) {
    List<Preparation> prepared = prepare(Set.of(), false);
    Instant started = Instant.now();
    Schedule schedule = new Schedule(prepared.size(), request.runs(), request.seed(), progress);
    Preparation first = prepared.getFirst();
    schedule.next(first.name().text(), 0);
    Run warmUp = measurement.once(first, 0, request.statistics());
    if (!measurement.interrupted()) {
      Subject.requireWork(first.name().text(), warmUp);
    }
    boolean foreign = request.variants().isEmpty() && !warmUp.proof().failures().isEmpty();
    boolean java = !first.program().isJava() && !measurement.javaHomes().isEmpty();
    if (foreign || java) {
      prepared = prepare(measurement.javaHomes(), foreign);
      schedule.plan(prepared.size(), request.runs());
    }
    if (foreign) {
      notes.add(
          "system was omitted: "
              + warmUp.proof().failures().getFirst()
              + " shipped is the program as it is.");
    }
    List<Run> runs = new ArrayList<>();
    End end = End.RUNNING;
    List<Integer> looks = Schedule.looks(request.runs(), request.early());
    for (int round = 1; end == End.RUNNING; round++) {
      end = round(round, prepared, schedule, warmUp, runs);
      if (end == End.RUNNING) {
        Comparison soFar = comparison(prepared, runs, looks, end, started);
        boolean enough = progress.enough(soFar);
        end =
            round == request.runs()
                ? End.ALL_ROUNDS
                : enough && looks.contains(round) ? End.DECIDED : end;
      }
    }
    progress.done();
    return comparison(prepared, runs, looks, end, started);
  }

  /** Runs each variant once. If a run cannot be started, the earlier measurements are kept. */
  private End round(
      int round, List<Preparation> prepared, Schedule schedule, Run warmUp, List<Run> runs) {
    for (Preparation ready : schedule.shuffled(prepared)) {
      if (measurement.interrupted()) {
        return End.INTERRUPTED;
      }
      schedule.next(ready.name().text(), usualNanos(warmUp));
      Run run;
      try {
        run = measurement.once(ready, round, request.statistics());
      } catch (CommandException | UncheckedIOException | IllegalStateException e) {
        if (runs.isEmpty()) {
          throw e;
        }
        notes.add("It ended in round " + round + ": " + e.getMessage());
        return End.FAILED;
      }
      if (measurement.interrupted()) {
        return End.INTERRUPTED;
      }
      runs.add(run);
    }
    return End.RUNNING;
  }

  /** Returns the expected duration of a run. The warm-up runs the load once. */
  private long usualNanos(Run warmUp) {
    long length = request.load().map(load -> load.length().toNanos()).orElse(0L);
    return Math.max(warmUp.usage().wallNanos(), length);
  }

  private Comparison comparison(
      List<Preparation> prepared, List<Run> runs, List<Integer> looks, End end, Instant started) {
    List<String> said = new ArrayList<>(notes);
    measurement.shipped().ifPresent(said::add);
    return new Comparison(
        request.command(),
        request.load().map(ServerLoad::load),
        prepared.stream().map(Preparation::variant).toList(),
        runs,
        looks,
        end,
        request.seed(),
        request.interval().toNanos(),
        MachineFacts.of(subject.program(), request.tool()),
        started,
        request.reproduce(),
        said,
        subject.target());
  }

  /** Ends the current run and makes {@link #compare} return the measurements so far. */
  public void interrupt() {
    measurement.interrupt();
  }

  /**
   * Prepares all variants.
   *
   * @param javaHomes the Java images that the command started in its warm-up; the image that a
   *     script uses is not known before
   * @param foreign whether the unchanged command turned out not to use glibc's malloc
   */
  private List<Preparation> prepare(Set<Path> javaHomes, boolean foreign) {
    notes.clear();
    subject = new Subject(request.command(), javaHomes);
    boolean usual = request.variants().isEmpty();
    List<String> names = usual ? usualVariants(trims(), foreign) : request.variants();
    List<VariantName> variants = names.stream().map(VariantName::labelled).toList();
    requireKnown(variants);
    List<Preparation> prepared = new ArrayList<>();
    for (VariantName plain : variants) {
      String name = plain.text();
      VariantName variant = plain.with(request.environments().getOrDefault(name, Map.of()));
      try {
        Preparation ready = subject.prepare(variant);
        prepared.add(ready);
        ready
            .examination()
            .forecast()
            .warnings()
            .forEach(warning -> notes.add(name + ": " + warning));
      } catch (CommandException | AllocatorException e) {
        if (!usual || prepared.isEmpty()) {
          throw e;
        }
        notes.add(name + " was omitted: " + e.getMessage());
      }
    }
    return prepared;
  }

  private void requireKnown(List<VariantName> variants) {
    for (String name : request.environments().keySet()) {
      if (variants.stream().noneMatch(variant -> variant.text().equals(name))) {
        throw CommandException.unusable(
            "--env %s: there is no variant %s; they are %s."
                .formatted(
                    name,
                    name,
                    variants.stream().map(VariantName::text).collect(Collectors.joining(", "))));
      }
    }
  }

  /** Returns whether the command starts a JVM, and each that is known has the flag for trimming. */
  private boolean trims() {
    Optional<Path> old = subject.withoutTrimFlag();
    old.ifPresent(
        home ->
            notes.add(
                "system+trim was omitted: the JVM of %s does not know %s."
                    .formatted(home, TrimFlag.FLAG)));
    return old.isEmpty() && subject.startsJava();
  }

  private static List<String> usualVariants(boolean trims, boolean foreign) {
    List<String> names = new ArrayList<>();
    if (foreign) {
      names.add("shipped");
    } else {
      names.add("system");
      if (trims) {
        names.add("system+trim");
      }
      names.add("system+arenas");
    }
    names.addAll(List.of("mimalloc", "mimalloc+tuned", "jemalloc", "jemalloc+tuned"));
    return names;
  }

  @Override
  public void close() {
    measurement.close();
  }
}
