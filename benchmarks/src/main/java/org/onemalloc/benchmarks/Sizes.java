package org.onemalloc.benchmarks;

/** Random sizes, the same sequence as in kernels.c. */
final class Sizes {
  static final long SEED = 88172645463325252L;

  private Sizes() {}

  /** Kinds of sizes. */
  static final int FIXED = 0;

  static final int UNIFORM = 1;
  static final int POWER = 2;

  static long next(long x) {
    x ^= x << 13;
    x ^= x >>> 7;
    return x ^ x << 17;
  }

  static int of(int kind, long r) {
    if (kind == FIXED) {
      return 64;
    }
    if (kind == UNIFORM) {
      return 16 + (int) (r >>> 32 & 511);
    }
    int bits = Long.numberOfTrailingZeros(r >>> 20 | 4096);
    return (16 << bits) - (int) (r >>> 40 & (8 << bits) - 1);
  }
}
