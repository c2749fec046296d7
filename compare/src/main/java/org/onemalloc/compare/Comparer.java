package org.onemalloc.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Allocators;

/**
 * {@code compare}: one command under several allocators, interleaved (A B C A B C …) so that a
 * machine that gets slower or faster meanwhile does so for all of them.
 *
 * <p>{@link #compare} belongs to one thread; {@link #interrupt} may be called by any other.
 */
public final class Comparer implements AutoCloseable {
  private final Request request;
  private final Measurement measurement;
  private final List<String> notes = new ArrayList<>();

  /**
   * What to compare.
   *
   * @param command the command, the program's name first
   * @param variants the variants' names; empty for the usual ones
   * @param runs how often each is run and counted, at least 1
   * @param interval the time between two samples of memory, at least 10 ms and at most an hour
   * @param idle end the program once it has been at rest for this long, at most a day; zero to wait
   *     for its own end
   * @param statistics whether allocators may be asked to print their own figures at exit
   * @param reproduce the command line that repeats this, for the reader
   * @param tool the version of onemalloc
   */
  public record Request(
      List<String> command,
      List<String> variants,
      int runs,
      Duration interval,
      Duration idle,
      boolean statistics,
      List<String> reproduce,
      String tool) {

    /** Copies the lists and checks the ranges. */
    public Request {
      command = List.copyOf(command);
      variants = List.copyOf(variants);
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
      if (Set.copyOf(variants).size() < variants.size()) {
        throw CommandException.unusable(
            "a variant is named twice in " + String.join(",", variants) + ": name each once.");
      }
    }
  }

  /**
   * Makes ready; nothing is started but the guard that ends a run if this process is killed.
   *
   * @param request what to compare
   */
  public Comparer(Request request) {
    this.request = request;
    Path directory;
    try {
      directory = Files.createTempDirectory("onemalloc-compare-");
    } catch (IOException e) {
      throw new UncheckedIOException(
          System.getProperty("java.io.tmpdir")
              + " cannot be written: set TMPDIR to a directory of yours.",
          e);
    }
    measurement =
        new Measurement(directory, request.interval().toNanos(), request.idle().toNanos());
  }

  /**
   * Runs everything.
   *
   * @param progress hears of every run
   * @return what was measured, as far as it got
   * @throws CommandException if the command or a variant that was asked for by name cannot be used;
   *     nothing was run
   * @throws AllocatorException if an allocator that was asked for by name is not here
   */
  public Comparison compare(Progress progress) {
    List<Preparation> prepared = prepare(Set.of());
    Instant started = Instant.now();
    Schedule schedule = new Schedule(prepared.size(), request.runs(), progress);
    schedule.next(prepared.getFirst().name().text(), 0);
    Run warmUp = measurement.once(prepared.getFirst(), 0, request.statistics());
    if (!prepared.getFirst().program().isJava() && !measurement.javaHomes().isEmpty()) {
      prepared = prepare(measurement.javaHomes());
      schedule.plan(prepared.size(), request.runs());
    }
    List<Run> runs = new ArrayList<>();
    for (int round = 1; round <= request.runs(); round++) {
      for (Preparation ready : prepared) {
        if (measurement.interrupted()) {
          break;
        }
        schedule.next(ready.name().text(), warmUp.usage().wallNanos());
        Run run = measurement.once(ready, round, request.statistics());
        if (!measurement.interrupted()) {
          runs.add(run);
        }
      }
    }
    progress.done();
    Program program = prepared.getFirst().program();
    return new Comparison(
        request.command(),
        prepared.stream().map(Preparation::variant).toList(),
        runs,
        request.runs(),
        measurement.interrupted(),
        request.interval().toNanos(),
        MachineFacts.of(program, request.tool()),
        started,
        request.reproduce(),
        notes);
  }

  /** Ends the current run and makes {@link #compare} return what it has. */
  public void interrupt() {
    measurement.interrupt();
  }

  /**
   * Makes all variants ready.
   *
   * @param javaHomes the Java images that the command starts, as its warm-up showed: which one a
   *     script takes, only the script knows
   */
  private List<Preparation> prepare(Set<Path> javaHomes) {
    notes.clear();
    Map<String, String> environment = System.getenv();
    Allocators allocators = Allocators.ofThisMachine();
    List<byte[]> arguments =
        request.command().stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
    Program program = Program.of(request.command().getFirst(), environment).starting(javaHomes);
    boolean usual = request.variants().isEmpty();
    List<String> names =
        usual ? usualVariants(program.isJava() || !javaHomes.isEmpty()) : request.variants();
    List<Preparation> prepared = new ArrayList<>();
    for (String name : names) {
      VariantName variant = VariantName.parse(name);
      try {
        Preparation ready = Preparation.of(program, arguments, variant, allocators, environment);
        if (!ready.forecast().refusals().isEmpty()) {
          throw CommandException.unproven(
              "%s would not run on %s: %s"
                  .formatted(
                      request.command().getFirst(),
                      name,
                      String.join(" ", ready.forecast().refusals())));
        }
        prepared.add(ready);
        ready.forecast().warnings().forEach(warning -> notes.add(name + ": " + warning));
      } catch (CommandException | AllocatorException e) {
        if (!usual || variant.isSystem()) {
          throw e;
        }
        notes.add(name + " was left out: " + e.getMessage());
      }
    }
    return prepared;
  }

  private static List<String> usualVariants(boolean java) {
    List<String> names = new ArrayList<>();
    names.add("system");
    if (java) {
      names.add("system+trim");
    }
    names.addAll(
        List.of("system+arenas", "mimalloc", "mimalloc+tuned", "jemalloc", "jemalloc+tuned"));
    return names;
  }

  @Override
  public void close() {
    measurement.close();
  }
}
