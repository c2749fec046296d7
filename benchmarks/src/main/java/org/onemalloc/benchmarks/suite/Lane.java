package org.onemalloc.benchmarks.suite;

/** What a kernel knows of the thread that it runs on, and of the others. */
final class Lane {
  /** The operations of one call: the JIT compiles a method that is often called at its best. */
  static final int CALL = 1_000;

  /** The operations of a kernel, so many at a time. */
  interface Operations {
    /** Does so many, and returns the checksum, which was {@code sum} before. */
    long run(int count, long sum);
  }

  /** The number of this lane, from 0. */
  final int index;

  /** How many lanes there are. */
  final int lanes;

  /** The random numbers of this lane, which begin anew with each repetition. */
  final Numbers numbers = new Numbers();

  /** Slots that all lanes share, one for each. */
  final Slots desk;

  private final Crew crew;

  Lane(Crew crew, int index, int lanes, Slots desk) {
    this.crew = crew;
    this.index = index;
    this.lanes = lanes;
    this.desk = desk;
  }

  /** Returns the ring that leads to the next lane; to this one if it is alone. */
  Ring next() {
    return crew.ring(index);
  }

  /** Returns the ring that leads here from the lane before. */
  Ring previous() {
    return crew.ring((index + lanes - 1) % lanes);
  }

  /** Waits until all lanes have called this. */
  void meet() {
    crew.meet();
  }

  /** Returns how many of {@code operations} to do: a part of them in tests, at least 1. */
  int scaled(int operations) {
    return Math.max(1, (int) ((long) operations * crew.percent() / 100));
  }

  /** Does scaled operations in calls of at most {@link #CALL}, and returns the last checksum. */
  long inCalls(int operations, long before, Operations kernel) {
    long sum = before;
    for (int left = scaled(operations); left > 0; left -= CALL) {
      sum = kernel.run(Math.min(left, CALL), sum);
    }
    return sum;
  }

  /** Does the work on a new thread, and waits for its end. */
  void onNewThread(Runnable work) {
    Crew.join(Crew.start(work));
  }
}
