package org.onemalloc.internal.bind;

import org.onemalloc.internal.system.Arguments;

/**
 * The size classes of the thread caches: arithmetic only, so that the class of a constant size
 * costs nothing (a table costs 0.6 ns a pair).
 *
 * <p>Class sizes rise in steps of 16 to {@code fine} or {@code 32 << stepBits}, whichever is more,
 * then with {@code 1 << stepBits} steps a doubling. {@code bias} is added to those up to {@code
 * fine} and subtracted from those above: glibc's blocks are 16 k - 8 bytes. With this sign below,
 * no size lies below the first class; with the other sign above, a size that is a power of two is
 * the last of its class and not the first of the next.
 *
 * <p>The largest size of some classes:
 *
 * <pre>{@code
 * class    glibc   4 steps a doubling
 *     0        8                 16   glibc: 1 to 8 bytes
 *     1       24                 32
 *     2       40                 48
 *     3       56                 64
 *     7      120                128   steps of 16 end here with 4 steps a doubling
 *     8      136                160
 *    11      184                256
 *    15      248                512
 *    23      376               2048
 *    31      504               8192
 *    43      696              65536   4 steps a doubling: the last class
 *    63     1016                      glibc: the last natural class
 *    64     1032
 *    65     1160                      glibc: 8 steps a doubling
 *    72     2056
 *   112    65544                      glibc: the last class
 * }</pre>
 *
 * <p>A class is <em>natural</em> if the allocator's own block for any size in it is at least as
 * large as the class. Therefore it is safe to put a block into the magazine of its class, even if C
 * allocated it: a block that C allocated with 100 bytes can serve any size in the class of 100. It
 * also means that no memory is lost to rounding twice. In a class that is not natural (on glibc
 * above 1 KB, where blocks are exact to 16 bytes), the heap allocates the size of the class, and
 * checks each block that is freed: see {@link #fits}. The slow paths do that, for all sizes above
 * {@code exact}: a branch between two formulas and a check of each block would cost a window of
 * sizes to 64 KB, of which 1 in 128 are above, a quarter of its time.
 *
 * @param bias the difference of class sizes from multiples of 16, 0 or -8
 * @param fine sizes below this less the bias have classes 16 apart: a power of two above {@code 32
 *     << stepBits}, or 0
 * @param stepBits log2 of the steps a doubling, 2 to 6
 * @param min the smallest size cached; not 1 where the allocator has blocks of 8 bytes
 * @param exact the largest size of a natural class
 * @param max the largest size cached, the size of the last class; 0 if nothing is cached
 * @param aligned whether a block whose class size is a multiple of an alignment up to a page has
 *     that alignment (jemalloc's promise)
 */
public record SizeClasses(
    long bias, long fine, int stepBits, long min, long exact, long max, boolean aligned) {
  /** Room for the classes of a thread: a slot is 1 KB, one word of it is the owner. */
  static final int COUNT_MAX = 126;

  static final long SIZE_MAX = 64 * 1024;

  /** The size of a slot in bytes: a word for the owner, and one for each class. */
  public static final int SLOT_BYTES = 1024;

  private static final long WORD_MASK = SLOT_BYTES - 8;

  private static final long PAGE = 4096;

  /** jemalloc's largest small class; larger blocks start at any cache line of their page. */
  private static final long ALIGNED_MAX = 14 * 1024;

  public static final SizeClasses NONE = new SizeClasses(0, 0, 2, 1, 0, 0, false);

  /**
   * The classes of glibc: natural ones to 1 KB, then 8 per doubling, which waste 6 % on average.
   * Finer ones would not fit into a slot; with a class for each 16 bytes to 2 KB there was no room
   * for any above.
   */
  static final SizeClasses GLIBC = new SizeClasses(-8, 1024, 3, 1, 1024 - 8, SIZE_MAX + 8, false);

  /**
   * The size up to which natural classes must reach; finer classes, which may reach further, need
   * more magazines.
   */
  private static final long FAR = 32 * 1024;

  /** Classes that are all natural. */
  public static SizeClasses natural(int stepBits, long min, long max, boolean aligned) {
    return new SizeClasses(0, 0, stepBits, min, max, max, aligned);
  }

  /** Finds the coarsest natural classes that reach far, or those that reach furthest. */
  static SizeClasses of(Backend backend, boolean aligned) {
    SizeClasses best = NONE;
    for (int stepBits = 2; stepBits <= 6 && best.max < FAR; stepBits++) {
      SizeClasses classes = found(backend, stepBits, aligned);
      if (classes.max > best.max) {
        best = classes;
      }
    }
    return best;
  }

  private static SizeClasses found(Backend backend, int stepBits, boolean aligned) {
    SizeClasses all = natural(stepBits, 1, SIZE_MAX, aligned);
    long first = all.size(0);
    long min = backend.goodSize(1) >= first ? 1 : 9;
    if (backend.goodSize(min) < first) {
      return NONE;
    }
    int count = 1;
    while (count < COUNT_MAX
        && all.size(count) <= SIZE_MAX
        && backend.goodSize(all.size(count - 1) + 1) >= all.size(count)) {
      count++;
    }
    return natural(stepBits, min, all.size(count - 1), aligned);
  }

  /** Returns the class of a size from 1 to {@link #max}. */
  public int classOf(long size) {
    return fine != 0 && size <= fine + bias
        ? (int) ((size - 1 - bias) >>> 4)
        : stepped(size - 1 + bias) + skipped();
  }

  /**
   * Returns the offset of a class's word in a slot, for a size from 1 to {@link #exact}: word 0 is
   * the owner, the classes follow. The mask tells the JIT that the offset is in the slot.
   *
   * <p>This method and those that it calls have at most 35 bytes of code each, so that the JIT
   * inlines them even where its profile says that they are rarely called (MaxInlineSize): a call
   * site that virtual threads use too has such a profile, and a call here would cost platform
   * threads 1.5 ns.
   */
  public long wordOf(long size) {
    return (fine != 0 ? (size + 15 - bias) >>> 1 : steppedWord(size)) & WORD_MASK;
  }

  /** Returns the offset of the word of a class, given by its number. */
  public static long wordOfClass(int c) {
    return Long.BYTES + (long) Long.BYTES * c;
  }

  private long steppedWord(long size) {
    return (stepped(size - 1) + 1L) << 3;
  }

  private int stepped(long v) {
    return stepped(v, 59 - stepBits - Long.numberOfLeadingZeros(v | 16L << stepBits));
  }

  private int stepped(long v, int doubling) {
    return (int) (v >>> (doubling + 4)) + (doubling << stepBits);
  }

  /** Returns by how many the fine classes exceed the number of those that they replace. */
  private int skipped() {
    int doublings = 60 - stepBits - Long.numberOfLeadingZeros(fine);
    return fine == 0 ? 0 : (int) (fine >>> 4) + 1 - (doublings << stepBits);
  }

  /**
   * Returns the class in which blocks of a size and alignment are cached, -1 if they are not;
   * allocation and free call this one function.
   *
   * <p>An alignment above malloc's rounds the size up to a multiple of it, as jemalloc does (sa2u
   * in jemalloc_internal_inlines_a.h), and is served if the class size is a multiple of it too.
   */
  public int cacheClassOf(long size, long alignment) {
    if (size < min || size > max || !Arguments.legal(size, alignment)) {
      return -1;
    }
    if (alignment <= Backend.MALLOC_ALIGNMENT) {
      return classOf(size);
    }
    long rounded = (size + alignment - 1) & -alignment;
    if (!aligned || alignment > PAGE || rounded > ALIGNED_MAX) {
      return -1;
    }
    int c = classOf(rounded);
    return (size(c) & (alignment - 1)) == 0 ? c : -1;
  }

  /**
   * Returns whether a block freed as one of {@code size} bytes is as large as its class. In a
   * natural class every block is; in another, C may have requested less than the class.
   */
  public boolean fits(long address, long size) {
    return exact == max || size <= exact || GlibcChunk.usable(address) >= size(classOf(size));
  }

  /** Returns the size of a class, the largest in it. */
  public long size(int c) {
    if (fine != 0 && c < fine >>> 4) {
      return (c + 1L) * 16 + bias;
    }
    int plain = c - skipped();
    if (plain < 2 << stepBits) {
      return (plain + 1L) * 16 - bias;
    }
    int doubling = (plain >>> stepBits) - 1;
    long step = (plain & ((1 << stepBits) - 1)) + (1L << stepBits) + 1;
    return (step << (doubling + 4)) - bias;
  }

  /** Returns how many classes there are. */
  public int count() {
    return max == 0 ? 0 : classOf(max) + 1;
  }
}
