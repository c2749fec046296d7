package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The runs of a comparison: their number, their order, and the estimated time that remains. */
final class Schedule {
  /**
   * The minimum ratio between the rounds of two looks. With fewer looks, each one costs less
   * certainty.
   */
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
   * Returns the rounds after which a comparison may end: the Fibonacci numbers from 2, if it may
   * end early, and the last round.
   *
   * @param rounds the maximum number of rounds
   * @param early whether the comparison may end early
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

  /** Sets the number of variants, which is known only after the warm-up. */
  void plan(int variants, int rounds) {
    runs = variants * rounds;
  }

  /**
   * Returns the variants in random order for the next round. In a fixed order each variant would
   * always run after the same other one, and would always meet its effects, such as a warm disk
   * cache or a hot processor.
   */
  <T> List<T> shuffled(List<T> variants) {
    List<T> order = new ArrayList<>(variants);
    Collections.shuffle(order, random);
    return order;
  }

  /**
   * Reports the start of the next run. The first one is the warm-up.
   *
   * @param variant the variant of the run
   * @param warmUp the duration of the warm-up in nanoseconds; 0 before it
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
