package org.onemalloc.benchmarks.suite;

/**
 * Random numbers of a lane, the same sequence as in {@code suite.h}: Marsaglia's xorshift
 * ("Xorshift RNGs", 2003) with shifts of 13, 7 and 17.
 */
final class Numbers {
  private static final long SEED = 88172645463325252L;

  /** 2^64 divided by the golden ratio, so that the seeds of the lanes have no bits in common. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private long state;

  /** Begins the sequence of a lane. */
  void restart(int lane) {
    state = SEED + lane * STEP;
  }

  /** Returns 64 random bits. */
  long next() {
    long x = state;
    x ^= x << 13;
    x ^= x >>> 7;
    x ^= x << 17;
    state = x;
    return x;
  }

  /** Returns a number of 0 to {@code bound} - 1, from the upper half of {@link #next}. */
  int below(int bound) {
    return (int) ((next() >>> 32) * bound >>> 32);
  }
}
