package org.onemalloc.compare;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** An invented but realistic comparison: a service in three phases, then idle. */
public final class Fixture {
  public static final long MB = 1 << 20;
  public static final long SECOND = 1_000_000_000L;
  public static final int ROUNDS = 5;

  private record Kind(
      String name, double peak, double idle, double cpu, String allocator, String library) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("system", 1, 1, 1, "glibc 2.36", ""),
          new Kind("system+trim", 0.98, 0.62, 1.03, "glibc 2.36", ""),
          new Kind("system+arenas", 0.86, 0.93, 1.14, "glibc 2.36", ""),
          new Kind("mimalloc", 1.02, 0.97, 0.97, "mimalloc 3.4.3", "/opt/onemalloc/libmimalloc.so"),
          new Kind(
              "mimalloc+tuned", 0.82, 0.66, 1, "mimalloc 3.4.3", "/opt/onemalloc/libmimalloc.so"),
          new Kind("jemalloc", 1.1, 1.05, 0.99, "jemalloc 5.3.0", "/usr/lib/libjemalloc.so.2"),
          new Kind(
              "jemalloc+tuned", 0.9, 0.6, 1.01, "jemalloc 5.3.0", "/usr/lib/libjemalloc.so.2"));

  private Fixture() {}

  /** Seven variants in five rounds; all runs of jemalloc failed, all of system+arenas unproven. */
  public static Comparison realistic() {
    Random random = new Random(42);
    List<Run> runs = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      double weather = 1 + 0.1 * random.nextDouble();
      for (Kind kind : KINDS) {
        runs.add(run(kind, round, weather, random));
      }
    }
    return comparison(KINDS.stream().map(Fixture::variant).toList(), runs, ROUNDS);
  }

  public static Comparison comparison(List<Variant> variants, List<Run> runs, int rounds) {
    return new Comparison(
        List.of("java", "-Xmx512m", "-jar", "service.jar", "--queue=a <b> & 'c'"),
        Optional.empty(),
        variants,
        runs,
        List.of(rounds),
        Comparison.End.ALL_ROUNDS,
        4711,
        50_000_000,
        new Machine(
            2,
            "Example CPU at 2.8 GHz",
            8192 * MB,
            "Linux 6.1.0",
            "glibc 2.36",
            "madvise",
            "OpenJDK 25.0.3",
            "0.1.0"),
        Instant.parse("2026-11-23T02:04:05Z"),
        List.of("onemalloc", "compare", "--", "java", "-jar", "service.jar"),
        List.of("tcmalloc is not installed and was left out."),
        Optional.empty());
  }

  public static Variant variant(String name) {
    return new Variant(name, name, Map.of(), name, "", Map.of(), List.of(), List.of("true"));
  }

  /** Returns a run that succeeded and was proven, with constant memory. */
  public static Run plainRun(String variant, int round, double seconds, double mebibytes) {
    long nanos = (long) (seconds * SECOND);
    long bytes = (long) (mebibytes * MB);
    return new Run(
        variant,
        round,
        Run.Outcome.succeeded(0),
        new Run.Proof(true, List.of("checked."), List.of(), List.of(), List.of()),
        new Run.Usage(nanos, nanos, 0, bytes, bytes, 1000, 0, 100, 10),
        OptionalLong.of(bytes),
        OptionalLong.empty(),
        List.of(new Run.Sample(0, bytes, bytes, 1), new Run.Sample(nanos, bytes, bytes, 1)),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /** Returns the run with another outcome. */
  public static Run with(Run run, Run.Outcome outcome) {
    return with(run, outcome, run.proof(), run.samples());
  }

  /** Returns the run with another proof. */
  public static Run with(Run run, Run.Proof proof) {
    return with(run, run.outcome(), proof, run.samples());
  }

  /** Returns the run with other samples. */
  public static Run with(Run run, List<Run.Sample> samples) {
    return with(run, run.outcome(), run.proof(), samples);
  }

  /** Returns the run as one of a server under load. */
  public static Run with(Run run, Run.Load load) {
    return with(run, run.outcome(), run.proof(), run.samples(), Optional.of(load));
  }

  private static Run with(Run run, Run.Outcome outcome, Run.Proof proof, List<Run.Sample> samples) {
    return with(run, outcome, proof, samples, run.load());
  }

  private static Run with(
      Run run,
      Run.Outcome outcome,
      Run.Proof proof,
      List<Run.Sample> samples,
      Optional<Run.Load> load) {
    return new Run(
        run.variant(),
        run.round(),
        outcome,
        proof,
        run.usage(),
        run.endRssBytes(),
        run.idleRssBytes(),
        samples,
        run.phases(),
        run.statistics(),
        load,
        run.roles());
  }

  private static Variant variant(Kind kind) {
    Map<String, String> environment = new LinkedHashMap<>();
    if (!kind.library().isEmpty()) {
      environment.put("LD_PRELOAD", kind.library());
    }
    List<String> flags = new ArrayList<>();
    switch (kind.name()) {
      case "system+trim" -> flags.add("-XX:TrimNativeHeapInterval=1000");
      case "system+arenas" -> environment.put("MALLOC_ARENA_MAX", "1");
      case "mimalloc+tuned" -> environment.put("MIMALLOC_PURGE_DELAY", "1000");
      case "jemalloc+tuned" ->
          environment.put("MALLOC_CONF", "background_thread:true,dirty_decay_ms:1000,narenas:8");
      default -> {}
    }
    List<String> command = new ArrayList<>(List.of("java"));
    command.addAll(flags);
    command.addAll(List.of("-Xmx512m", "-jar", "service.jar", "--queue=a <b> & 'c'"));
    return new Variant(
        kind.name(),
        kind.name(),
        Map.of(),
        kind.allocator(),
        kind.library(),
        environment,
        flags,
        command);
  }

  private static AllocatorStatistics account(int round) {
    return new AllocatorStatistics(
        "jemalloc's stats_print at exit",
        OptionalLong.of((100 + round) * MB),
        OptionalLong.of(140 * MB),
        OptionalLong.empty(),
        OptionalLong.of(300 * MB));
  }

  private static Run run(Kind kind, int round, double weather, Random random) {
    boolean failed = kind.name().equals("jemalloc");
    boolean unproven = kind.name().equals("system+arenas");
    double noise = 1 + 0.02 * random.nextGaussian();
    double seconds = failed ? 2.1 : 11 * weather * (1 + 0.015 * random.nextGaussian());
    List<Run.Sample> samples = samples(kind, seconds, noise, random);
    long peak = samples.stream().mapToLong(Run.Sample::rssBytes).max().orElseThrow() + MB;
    long cpu = (long) (17.4 * kind.cpu() * (1 + 0.008 * random.nextGaussian()) * SECOND);
    long faults = (long) (230_000 * kind.peak() * noise);
    return new Run(
        kind.name(),
        round,
        failed
            ? Run.Outcome.failed(
                134, "<jemalloc>: Unsupported system page size\n<script>alert(1)</script>")
            : Run.Outcome.succeeded(0),
        unproven
            ? new Run.Proof(
                false,
                List.of("One arena was seen."),
                List.of("libduckdb_java.so allocates with its own jemalloc."),
                List.of(),
                List.of())
            : new Run.Proof(
                true,
                List.of("The library is mapped.", "glibc's heap is empty."),
                List.of(),
                List.of(),
                List.of()),
        new Run.Usage(
            (long) (seconds * SECOND),
            cpu * 9 / 10,
            cpu / 10,
            peak,
            peak - 4 * MB,
            faults,
            3,
            (long) (52_000 * noise),
            (long) (8_000 / noise)),
        OptionalLong.of(at(samples, 0.74).rssBytes()),
        failed ? OptionalLong.empty() : OptionalLong.of(samples.getLast().rssBytes()),
        samples,
        failed ? List.of() : phases(samples),
        kind.name().equals("jemalloc+tuned") ? Optional.of(account(round)) : Optional.empty(),
        Optional.empty(),
        List.of());
  }

  private static List<Run.Sample> samples(Kind kind, double seconds, double noise, Random random) {
    List<Run.Sample> samples = new ArrayList<>();
    double memory = 40;
    for (int i = 0; i <= seconds * 10; i++) {
      double share = i / (seconds * 10);
      double busy = 150 + 240 * Math.min(1, share / 0.6) + 18 * Math.sin(share * 60);
      double target = share < 0.75 ? busy * kind.peak() : 300 * kind.idle();
      memory += (target * noise - memory) * (share < 0.75 ? 0.25 : 0.3);
      double jitter = 1 + (share < 0.75 ? 0.01 : 0.001) * random.nextGaussian();
      long rss = (long) (memory * jitter * MB);
      samples.add(new Run.Sample((long) (i * 1e8), rss, rss - 4 * MB, 1));
    }
    return samples;
  }

  private static List<Run.Phase> phases(List<Run.Sample> samples) {
    return List.of(
        phase("deflate", at(samples, 0.05)),
        phase("buffers", at(samples, 0.3)),
        phase("zstd", at(samples, 0.55)),
        phase("idle", at(samples, 0.75)));
  }

  private static Run.Phase phase(String name, Run.Sample sample) {
    return new Run.Phase(name, sample.sinceStartNanos(), sample.rssBytes());
  }

  private static Run.Sample at(List<Run.Sample> samples, double share) {
    return samples.get((int) (share * (samples.size() - 1)));
  }
}
