package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The runs of a comparison: how many, in which order, and how long the rest will take. */
final class Schedule {
  /** The distance of two looks as a ratio of rounds: fewer looks cost less certainty each. */
  private static final double APART = 1.5;

  private final Progress progress;
  private final Random random;
  private int runs;
  private int started;
  private long begun;
  private long warmUpNanos;

  Schedule(int variants, int rounds, long seed, Progress progress) {
    this.runs = variants * rounds;
    this.random = new Random(seed);
    this.progress = progress;
  }

  /**
   * The rounds after which a comparison may end early: Fibonacci's numbers, and the last round.
   *
   * @param rounds how many there are at most
   * @param early whether it may end early at all
   */
  static List<Integer> looks(int rounds, boolean early) {
    List<Integer> looks = new ArrayList<>();
    int next = 3;
    for (int look = 2; early && look * APART <= rounds; ) {
      looks.add(look);
      int sum = look + next;
      look = next;
      next = sum;
    }
    looks.add(rounds);
    return looks;
  }

  /** Takes note that the warm-up showed how many variants there are. */
  void plan(int variants, int rounds) {
    runs = variants * rounds;
  }

  /**
   * The order of the next round. A fixed order would give each variant the same predecessor in all
   * rounds, whose traces (a warm disk, a hot processor) it would meet each time.
   */
  <T> List<T> shuffled(List<T> variants) {
    List<T> order = new ArrayList<>(variants);
    Collections.shuffle(order, random);
    return order;
  }

  /**
   * Tells that the next run begins: the warm-up first.
   *
   * @param variant its variant
   * @param warmUp how long the warm-up took, in nanoseconds; 0 before it
   */
  void next(String variant, long warmUp) {
    if (started == 0) {
      begun = System.nanoTime();
    }
    warmUpNanos = warmUp;
    progress.starting(variant, started, runs, remaining());
    started++;
  }

  private long remaining() {
    if (started == 0) {
      return -1;
    }
    int done = started - 1;
    long elapsed = System.nanoTime() - begun - warmUpNanos;
    long each = done == 0 ? warmUpNanos : elapsed / done;
    return each * (runs - done);
  }
}
