package org.onemalloc.compare;

/** Counts the runs of a comparison and estimates how long the rest will take. */
final class Schedule {
  private int runs;
  private final Progress progress;
  private int started;
  private long begun;
  private long warmUpNanos;

  Schedule(int variants, int rounds, Progress progress) {
    this.runs = variants * rounds;
    this.progress = progress;
  }

  /** Takes note that the warm-up showed how many variants there are. */
  void plan(int variants, int rounds) {
    runs = variants * rounds;
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
