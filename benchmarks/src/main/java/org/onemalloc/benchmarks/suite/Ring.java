package org.onemalloc.benchmarks.suite;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands batches of blocks from one lane to another, in order. Each side waits for the other: the
 * giving side if {@value #BATCHES} batches have not been taken. Whoever waits lets other threads
 * run after {@value #TURNS} turns, because the two may share a processor.
 */
final class Ring {
  /** The most blocks in a batch. */
  static final int BLOCKS = 4096;

  private static final int BATCHES = 4;
  private static final int TURNS = 1000;

  private final Slots[] batches = new Slots[BATCHES];
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();

  Ring() {
    for (int i = 0; i < BATCHES; i++) {
      batches[i] = new Slots(BLOCKS);
    }
  }

  /** Returns the batch to fill next; waits until it is free. */
  Slots claim() {
    long n = given.getPlain();
    for (int turn = 0; n - taken.getAcquire() == BATCHES; turn++) {
      pause(turn);
    }
    return batches[(int) (n % BATCHES)];
  }

  /** Gives the claimed batch to the other lane. */
  void give() {
    given.setRelease(given.getPlain() + 1);
  }

  /** Returns the batch that was given first; waits until there is one. */
  Slots first() {
    long n = taken.getPlain();
    for (int turn = 0; given.getAcquire() == n; turn++) {
      pause(turn);
    }
    return batches[(int) (n % BATCHES)];
  }

  /** Makes room in place of the batch that was given first. */
  void take() {
    taken.setRelease(taken.getPlain() + 1);
  }

  private static void pause(int turn) {
    if (turn < TURNS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }
}
