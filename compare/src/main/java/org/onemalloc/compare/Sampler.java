package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.onemalloc.compare.process.Posix;
import org.onemalloc.compare.process.ProcessMemory;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.compare.process.ProcessTree.Member;
import org.onemalloc.compare.process.Watchdog;
import org.onemalloc.text.Text;

/**
 * Samples a process tree from outside while it runs. Each sample reads the memory and new phase
 * marks, tests whether the program is at rest, and lets the {@link Witness} inspect the processes.
 * The sampler has its own thread; the results may be read after {@link #stop}.
 */
final class Sampler {
  /** {@code sysconf(_SC_CLK_TCK)}: 100 on every Linux that Java runs on (time(7)). */
  private static final long NANOS_PER_TICK = 10_000_000L;

  /** The share of one CPU below which a tree is at rest. */
  private static final double REST_SHARE = 0.02;

  /** The time that a program at rest has to end after SIGTERM. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** A sample takes milliseconds; one that takes longer than this has failed. */
  private static final long MARK_SECONDS = 10;

  private final int group;
  private final long idleNanos;
  private final RunFiles files;
  private final Tree tree;
  private final Witness witness;
  private final long started;
  private final Pace pace;
  private final Thread thread;
  private final Semaphore wake = new Semaphore(0);
  private final Queue<Mark> marks = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;
  private volatile int living = 1;

  private final List<Run.Sample> samples = new ArrayList<>();
  private final List<Run.Phase> phases = new ArrayList<>();
  private final Map<Long, Long> peaks = new HashMap<>();
  private long ticksAtRest;
  private long busyUntil;
  private long busyRss;
  private long askedToEnd;
  private long peakRss;
  private volatile OptionalLong idleRss = OptionalLong.empty();
  private volatile Optional<String> failure = Optional.empty();

  /**
   * The process tree that a sampler watches.
   *
   * @param processes finds the processes
   * @param watchdog ends the processes that left the group if this process is killed
   */
  record Tree(ProcessTree processes, Watchdog watchdog) {}

  /** A phase that the next sample begins. */
  private record Mark(String phase, CountDownLatch taken) {}

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

  /** Stops sampling. The program has ended, or the caller will end it. */
  void stop() {
    stopped = true;
    wake.release();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    mark(files.lastPhase(), System.nanoTime() - started, samples.size() - 1);
  }

  /**
   * Begins a phase: takes a sample at once, whose memory is that of the phase, and returns when it
   * is taken.
   */
  void mark(String phase) {
    Mark mark = new Mark(phase, new CountDownLatch(1));
    marks.add(mark);
    wake.release();
    try {
      boolean _ = mark.taken.await(MARK_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether a process of the run was alive in the last sample. */
  boolean sawProcesses() {
    return living > 0;
  }

  private void watch() {
    try {
      follow();
    } catch (RuntimeException | Error e) {
      failure =
          Optional.of(
              "The memory of the run and what its processes allocate with are unknown from second"
                  + " %.1f on, because the sampler failed: %s."
                      .formatted((System.nanoTime() - started) / 1e9, Text.escaped(e.toString())));
    }
  }

  private void follow() {
    long next = 0;
    while (!stopped) {
      try {
        long rest = Math.max(0, started + next - System.nanoTime());
        boolean _ = wake.tryAcquire(rest, TimeUnit.NANOSECONDS);
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

  /**
   * Takes a sample and returns the CPU time of reading the proportional set sizes, in nanoseconds.
   */
  private long sample() {
    List<Member> members = tree.processes().members();
    boolean walk = pace.mayWalk(System.nanoTime() - started);
    long before = walk ? Posix.threadCpuNanos() : 0;
    living = members.size();
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
      return cost; // Some processes may have ended before they were read: the sum may be too low.
    }
    long now = System.nanoTime();
    if (rss > 0) {
      samples.add(
          new Run.Sample(now - started, rss, walk ? pss : Run.Sample.NOT_READ, members.size()));
      peakRss = Math.max(peakRss, rss);
    }
    // A new mark was set after the previous sample, so that sample shows the memory at the mark.
    mark(files.newPhases(), now - started, samples.size() - 2);
    for (Mark mark = marks.poll(); mark != null; mark = marks.poll()) {
      mark(List.of(mark.phase), now - started, samples.size() - 1);
      mark.taken.countDown();
    }
    tree.watchdog().tell(group, members);
    witness.look(members, now);
    rest(members, ticks, now, rss);
    return cost;
  }

  /** Ends a program at rest, if requested, and records its memory. */
  private void rest(List<Member> members, long ticks, long now, long rss) {
    double allowed = REST_SHARE * (now - busyUntil) / NANOS_PER_TICK + 1;
    long used = ticks - ticksAtRest;
    // A negative difference means that a process has ended and its ticks are missing.
    if (used > allowed || used < 0 || samples.size() < 2) {
      busyUntil = now;
      ticksAtRest = ticks;
      busyRss = rss;
    }
    if (idleNanos > 0 && idleRss.isEmpty() && now - busyUntil >= idleNanos) {
      askedToEnd = now;
      idleRss = OptionalLong.of(rss);
      signal(members, Posix.SIGTERM);
    } else if (idleRss.isPresent() && now - askedToEnd > PATIENCE_NANOS) {
      signal(members, Posix.SIGKILL);
    }
  }

  /** Sends a signal to every process of the run. */
  void end(int signal) {
    signal(tree.processes().members(), signal);
  }

  /** Sends a signal to the whole group, and to each process that left it. */
  private void signal(List<Member> members, int signal) {
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

  /** Returns a sentence that says why the sampler ended before the run; empty if it did not. */
  Optional<String> failure() {
    return failure;
  }

  List<Run.Sample> samples() {
    return samples;
  }

  List<Run.Phase> phases() {
    return phases;
  }

  /**
   * Returns the highest sampled sum over the tree, or the highest peak of a single process if that
   * is greater.
   *
   * @param wallNanos the time that the program ran
   * @return the peak in bytes; 0 if too little of the run was sampled
   */
  long peakRssBytes(long wallNanos) {
    if (samples.isEmpty() || !sawEnough(samples.getLast().sinceStartNanos(), wallNanos)) {
      return 0;
    }
    return Math.max(peakRss, peaks.values().stream().mapToLong(Long::longValue).max().orElse(0));
  }

  /** Returns whether at most half of the run came after the last sample. */
  static boolean sawEnough(long lastNanos, long wallNanos) {
    return wallNanos - lastNanos <= wallNanos / 2;
  }

  /** Returns whether the program was ended because it was at rest. May be called at any time. */
  boolean endedByRest() {
    return idleRss.isPresent();
  }

  /** Returns the memory after the requested time at rest, or at the mark {@code idle}. */
  OptionalLong idleRssBytes() {
    return idleRss.isPresent() ? idleRss : atPhase("idle");
  }

  /**
   * Returns the memory at the mark {@code end}, or when the program came to rest if it was ended
   * for that. For other programs the result is empty: at the last sample some of the processes may
   * have ended already.
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
