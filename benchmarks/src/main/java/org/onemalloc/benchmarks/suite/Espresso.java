package org.onemalloc.benchmarks.suite;

import org.onemalloc.Heap;

/**
 * Sets of bits in lists that grow, split again and again: {@code espresso}.
 *
 * <p>Source: the description of the logic minimiser espresso in mimalloc-bench (Grunwald, Zorn and
 * Henderson, "Improving the cache locality of memory allocation", PLDI 1993, measure it too). This
 * kernel splits covers as a minimiser does, and minimises nothing.
 *
 * <p>A cube is a block of w words. A cover is a block of 16 + 8c bytes: a count and a capacity c as
 * two words, then the addresses of its cubes. It begins with c = 4, and when it is full it is
 * reallocated with twice the capacity. A lane solves 150 problems:
 *
 * <ol>
 *   <li>w is random, 1 to 8. A cover of 400 cubes is made, each word random.
 *   <li>To solve a cover of at most 3 cubes, or at a depth of 12, is to free it.
 *   <li>To solve another one, two covers are made. Each cube is copied to the second if it has the
 *       bit 7 &times; depth modulo 64w, otherwise to the first. The cover is freed, then the first
 *       is solved, and then the second, one level deeper.
 * </ol>
 *
 * To free a cover is to free its cubes in order, then the cover.
 */
final class Espresso implements Kernel {
  private static final int PROBLEMS = 150;
  private static final int CUBES = 400;
  private static final int WORDS = 8;
  private static final int CAPACITY = 4;
  private static final int FEW = 3;
  private static final int DEPTH = 12;
  private static final int HEAD = 16;

  private final Lane lane;
  private int width;
  private long sum;

  Espresso(Lane lane) {
    this.lane = lane;
  }

  @Override
  public long repeat() {
    sum = 0;
    for (int left = lane.scaled(PROBLEMS); left > 0; left--) {
      width = 8 * (1 + lane.numbers.below(WORDS));
      solve(problem(), 0);
    }
    return sum;
  }

  private long problem() {
    long cover = cover();
    for (int i = 0; i < CUBES; i++) {
      long cube = Heap.allocate(width, ALIGNMENT);
      for (int at = 0; at < width; at += 8) {
        Words.set(cube + at, lane.numbers.next());
      }
      cover = add(cover, cube);
    }
    return cover;
  }

  private void solve(long cover, int depth) {
    long count = Words.get(cover);
    sum = Kernel.mix(sum, count);
    if (count <= FEW || depth == DEPTH) {
      free(cover);
      return;
    }
    int bit = 7 * depth % (8 * width);
    long first = cover();
    long second = cover();
    for (long i = 0; i < count; i++) {
      long cube = Words.get(cover + HEAD + 8 * i);
      if ((Words.get(cube + 8L * (bit >> 6)) >>> (bit & 63) & 1) == 0) {
        first = add(first, copy(cube));
      } else {
        second = add(second, copy(cube));
      }
    }
    free(cover);
    solve(first, depth + 1);
    solve(second, depth + 1);
  }

  private long copy(long cube) {
    long result = Heap.allocate(width, ALIGNMENT);
    for (int at = 0; at < width; at += 8) {
      Words.set(result + at, Words.get(cube + at));
    }
    return result;
  }

  private static long cover() {
    long cover = Heap.allocate(HEAD + 8 * CAPACITY, ALIGNMENT);
    Words.set(cover, 0);
    Words.set(cover + 8, CAPACITY);
    return cover;
  }

  private static long add(long cover, long cube) {
    long result = cover;
    long count = Words.get(cover);
    if (count == Words.get(cover + 8)) {
      result = Heap.reallocate(cover, HEAD + 8 * count, HEAD + 16 * count, ALIGNMENT);
      Words.set(result + 8, 2 * count);
    }
    Words.set(result + HEAD + 8 * count, cube);
    Words.set(result, count + 1);
    return result;
  }

  private void free(long cover) {
    long count = Words.get(cover);
    for (long i = 0; i < count; i++) {
      Heap.deallocate(Words.get(cover + HEAD + 8 * i), width, ALIGNMENT);
    }
    Heap.deallocate(cover, HEAD + 8 * Words.get(cover + 8), ALIGNMENT);
  }
}
