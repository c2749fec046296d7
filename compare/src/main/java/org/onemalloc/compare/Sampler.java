package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;

/**
 * Watches a process tree from outside while it runs: memory at a fixed interval, phases that the
 * program marks, whether it has come to rest, and the escape gauge. One thread of its own; what it
 * found is read after {@link #stop}.
 */
final class Sampler {
  /** {@code sysconf(_SC_CLK_TCK)}: 100 on every Linux that Java runs on (time(7)). */
  private static final long NANOS_PER_TICK = 10_000_000L;

  /** A tree that uses less than this share of one CPU is at rest. */
  private static final double REST_SHARE = 0.02;

  /** Early samples are this many times closer than the program is old: its end may be near. */
  private static final int EARLY = 4;

  private static final long EARLIEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How long a program at rest may take to end when it is asked to. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final int group;
  private final long intervalNanos;
  private final long idleNanos;
  private final Path phaseFile;
  private final Witness witness;
  private final long started;
  private final Thread thread;
  private volatile boolean stopped;

  private final List<Run.Sample> samples = new ArrayList<>();
  private final List<Run.Phase> phases = new ArrayList<>();
  private final Map<Long, Long> peaks = new HashMap<>();
  private long ticksAtRest;
  private long busyUntil;
  private long busyRss;
  private long askedToEnd;
  private long peakRss;
  private OptionalLong idleRss = OptionalLong.empty();

  Sampler(
      int group,
      long started,
      long intervalNanos,
      long idleNanos,
      Path phaseFile,
      Witness witness) {
    this.group = group;
    this.started = started;
    this.intervalNanos = intervalNanos;
    this.idleNanos = idleNanos;
    this.phaseFile = phaseFile;
    this.witness = witness;
    this.busyUntil = started;
    this.thread = new Thread(this::watch, "onemalloc-sampler");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends the watch; the program has ended, or will be ended by the caller. */
  void stop() {
    stopped = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    readPhases(System.nanoTime() - started, samples.size() - 1);
  }

  private void watch() {
    for (long next = started; !stopped; next = after(next, System.nanoTime())) {
      try {
        TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
      } catch (InterruptedException e) {
        return;
      }
      if (!stopped) {
        sample();
      }
    }
  }

  /**
   * When to sample again. A program that lives shorter than the interval must be seen too, so the
   * gap starts small and grows to it. A sample that took longer than its gap is not made up for.
   */
  private long after(long last, long now) {
    long early = Math.max(EARLIEST_NANOS, (now - started) / EARLY);
    long gap = Math.min(intervalNanos, early);
    return Math.max(last + gap, now + gap / 2);
  }

  private void sample() {
    List<ProcessTree.Member> members = ProcessTree.of(group);
    long rss = 0;
    long pss = 0;
    long ticks = 0;
    for (ProcessTree.Member member : members) {
      ProcessMemory memory = ProcessMemory.of(member.pid());
      rss += memory.rssBytes();
      pss += memory.pssBytes();
      ticks += member.cpuTicks();
      peaks.merge(member.pid(), memory.peakRssBytes(), Math::max);
    }
    if (stopped) {
      return; // The processes ended while they were read: the sum is of some of them only.
    }
    long now = System.nanoTime();
    if (rss > 0) {
      samples.add(new Run.Sample(now - started, rss, pss, members.size()));
      peakRss = Math.max(peakRss, rss);
    }
    // A mark seen now was set after the sample before: that one is what the program meant.
    readPhases(now - started, samples.size() - 2);
    witness.look(members);
    rest(ticks, now, rss);
  }

  /** Ends a program that does nothing any more, if that was asked for, and notes what it holds. */
  private void rest(long ticks, long now, long rss) {
    double allowed = REST_SHARE * (now - busyUntil) / NANOS_PER_TICK + 1;
    long used = ticks - ticksAtRest;
    // Less than before: a process has ended, and its ticks with it.
    if (used > allowed || used < 0 || samples.size() < 2) {
      busyUntil = now;
      ticksAtRest = ticks;
      busyRss = rss;
    }
    if (idleNanos > 0 && idleRss.isEmpty() && now - busyUntil >= idleNanos) {
      idleRss = OptionalLong.of(rss);
      askedToEnd = now;
      Posix.killGroup(group, Posix.SIGTERM);
    } else if (idleRss.isPresent() && now - askedToEnd > PATIENCE_NANOS) {
      Posix.killGroup(group, Posix.SIGKILL);
    }
  }

  private void readPhases(long sinceStart, int sample) {
    List<String> names;
    try {
      names = Files.readAllLines(phaseFile, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return;
    }
    for (int i = phases.size(); i < names.size(); i++) {
      long rss = samples.isEmpty() ? 0 : samples.get(Math.max(0, sample)).rssBytes();
      phases.add(new Run.Phase(names.get(i).strip(), sinceStart, rss));
    }
  }

  List<Run.Sample> samples() {
    return samples;
  }

  List<Run.Phase> phases() {
    return phases;
  }

  /**
   * The highest sum of the tree seen, and never less than any one process's own high-water mark.
   */
  long peakRssBytes() {
    return Math.max(peakRss, peaks.values().stream().mapToLong(Long::longValue).max().orElse(0));
  }

  /** Whether the program was ended because it had come to rest. */
  boolean endedByRest() {
    return idleRss.isPresent();
  }

  /** Memory after the wished time of rest, or at the mark {@code idle}. */
  OptionalLong idleRssBytes() {
    return idleRss.isPresent() ? idleRss : atPhase("idle");
  }

  /**
   * Memory at the mark {@code end}, or when a program began to rest that was ended for it. Not that
   * of the last sample of any other program: some of its processes may be gone by then.
   */
  OptionalLong endRssBytes() {
    OptionalLong marked = atPhase("end");
    return marked.isEmpty() && idleRss.isPresent() ? OptionalLong.of(busyRss) : marked;
  }

  private OptionalLong atPhase(String name) {
    return phases.stream()
        .filter(phase -> phase.name().equals(name))
        .mapToLong(Run.Phase::rssBytes)
        .reduce((first, second) -> second);
  }
}
