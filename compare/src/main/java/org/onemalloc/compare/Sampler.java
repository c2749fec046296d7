package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProcessTree.Member;
import org.onemalloc.compare.process.Watchdog;

/**
 * Watches a process tree from outside while it runs: memory at a fixed interval, phases that the
 * program marks, whether it has come to rest, and the witness of its allocator. One thread of its
 * own; what it found is read after {@link #stop}.
 */
final class Sampler {
  /** {@code sysconf(_SC_CLK_TCK)}: 100 on every Linux that Java runs on (time(7)). */
  private static final long NANOS_PER_TICK = 10_000_000L;

  /** A tree that uses less than this share of one CPU is at rest. */
  private static final double REST_SHARE = 0.02;

  /** How long a program at rest may take to end when it is asked to. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final int group;
  private final long idleNanos;
  private final RunFiles files;
  private final Tree tree;
  private final Witness witness;
  private final long started;
  private final Pace pace;
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
  private volatile OptionalLong idleRss = OptionalLong.empty();

  /**
   * What a sampler watches.
   *
   * @param processes finds them
   * @param watchdog ends those that left the group, should this process be killed
   */
  record Tree(ProcessTree processes, Watchdog watchdog) {}

  Sampler(
      int group,
      long started,
      long intervalNanos,
      long idleNanos,
      RunFiles files,
      Tree tree,
      Witness witness) {
    this.group = group;
    this.started = started;
    this.pace = new Pace(intervalNanos);
    this.idleNanos = idleNanos;
    this.files = files;
    this.tree = tree;
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
    mark(files.lastPhase(), System.nanoTime() - started, samples.size() - 1);
  }

  private void watch() {
    long next = 0;
    while (!stopped) {
      try {
        TimeUnit.NANOSECONDS.sleep(Math.max(0, started + next - System.nanoTime()));
      } catch (InterruptedException e) {
        return;
      }
      if (!stopped) {
        long before = Posix.threadCpuNanos();
        long walk = sample();
        long cost = Posix.threadCpuNanos() - before - walk;
        next = pace.next(next, System.nanoTime() - started, cost);
      }
    }
  }

  /** Returns what reading the proportional sizes cost. */
  private long sample() {
    List<Member> members = tree.processes().members();
    boolean walk = pace.mayWalk(System.nanoTime() - started);
    long before = walk ? Posix.threadCpuNanos() : 0;
    long rss = 0;
    long pss = 0;
    long ticks = 0;
    for (Member member : members) {
      ProcessMemory memory =
          walk ? ProcessMemory.of(member.pid()) : ProcessMemory.counted(member.pid());
      rss += memory.rssBytes();
      pss += memory.pssBytes();
      ticks += member.cpuTicks();
      peaks.merge(member.pid(), memory.peakRssBytes(), Math::max);
    }
    long cost = walk ? Posix.threadCpuNanos() - before : 0;
    if (walk) {
      pace.walked(cost);
    }
    if (stopped) {
      return cost; // The processes ended while they were read: the sum is of some of them only.
    }
    long now = System.nanoTime();
    if (rss > 0) {
      samples.add(
          new Run.Sample(now - started, rss, walk ? pss : Run.Sample.NOT_READ, members.size()));
      peakRss = Math.max(peakRss, rss);
    }
    // A mark seen now was set after the sample before: that one is what the program meant.
    mark(files.newPhases(), now - started, samples.size() - 2);
    tree.watchdog().tell(group, members);
    witness.look(members);
    rest(members, ticks, now, rss);
    return cost;
  }

  /** Ends a program that does nothing any more, if that was asked for, and notes what it holds. */
  private void rest(List<Member> members, long ticks, long now, long rss) {
    double allowed = REST_SHARE * (now - busyUntil) / NANOS_PER_TICK + 1;
    long used = ticks - ticksAtRest;
    // Less than before: a process has ended, and its ticks with it.
    if (used > allowed || used < 0 || samples.size() < 2) {
      busyUntil = now;
      ticksAtRest = ticks;
      busyRss = rss;
    }
    if (idleNanos > 0 && idleRss.isEmpty() && now - busyUntil >= idleNanos) {
      askedToEnd = now;
      idleRss = OptionalLong.of(rss);
      end(members, Posix.SIGTERM);
    } else if (idleRss.isPresent() && now - askedToEnd > PATIENCE_NANOS) {
      end(members, Posix.SIGKILL);
    }
  }

  /** Signals the whole group at once, and one by one those that left it. */
  private void end(List<Member> members, int signal) {
    Posix.killGroup(group, signal);
    for (Member member : members) {
      if (member.group() != group) {
        Posix.kill(member.pid(), signal);
      }
    }
  }

  private void mark(List<String> names, long sinceStart, int sample) {
    for (String name : names) {
      long rss = samples.isEmpty() ? 0 : samples.get(Math.max(0, sample)).rssBytes();
      phases.add(new Run.Phase(name, sinceStart, rss));
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
   *
   * @param wallNanos how long the program ran
   * @return bytes; 0 if too much of the run was not seen to call it the peak
   */
  long peakRssBytes(long wallNanos) {
    if (samples.isEmpty() || !sawEnough(samples.getLast().sinceStartNanos(), wallNanos)) {
      return 0;
    }
    return Math.max(peakRss, peaks.values().stream().mapToLong(Long::longValue).max().orElse(0));
  }

  /** Whether no more than half of the run came after the last sample. */
  static boolean sawEnough(long lastNanos, long wallNanos) {
    return wallNanos - lastNanos <= wallNanos / 2;
  }

  /** Whether the program was ended because it had come to rest. May be asked at any time. */
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
