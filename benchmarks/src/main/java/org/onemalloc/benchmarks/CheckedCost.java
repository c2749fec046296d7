package org.onemalloc.benchmarks;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.zip.CRC32;
import org.onemalloc.Heap;
import org.onemalloc.HeapArena;

/**
 * Measures the mean time of a piece of work over some seconds, in nanoseconds: {@code CheckedCost
 * pair|window|arena|service}.
 *
 * <p>The mean instead of JMH's median, because few operations bear the cost of guarded blocks.
 */
public final class CheckedCost {
  private static final long SECOND = 1_000_000_000L;
  private static final int SLOTS = 1024;

  private static volatile long sink;

  private CheckedCost() {}

  /** Measures one piece of work. */
  public static void main(String[] arguments) {
    LongUnaryOperator work =
        switch (arguments[0]) {
          case "pair" -> CheckedCost::pairs;
          case "window" -> window();
          case "arena" -> CheckedCost::arenas;
          case "service" -> CheckedCost::requests;
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    run(work, 2 * SECOND);
    System.out.println(run(work, 3 * SECOND));
  }

  /** Returns the mean time of an operation; the work is given the number of operations to do. */
  private static double run(LongUnaryOperator work, long time) {
    long operations = 0;
    long start = System.nanoTime();
    long now = start;
    while (now - start < time) {
      sink = work.applyAsLong(1000);
      operations += 1000;
      now = System.nanoTime();
    }
    return (double) (now - start) / operations;
  }

  private static long pairs(long count) {
    long last = 0;
    for (long i = 0; i < count; i++) {
      last = Heap.allocate(64, 16);
      Heap.deallocate(last, 64, 16);
    }
    return last;
  }

  private static LongUnaryOperator window() {
    long[] blocks = new long[SLOTS];
    int[] sizes = new int[SLOTS];
    SplittableRandom random = new SplittableRandom(1);
    return count -> {
      for (long i = 0; i < count; i++) {
        int slot = random.nextInt(SLOTS);
        if (blocks[slot] != 0) {
          Heap.deallocate(blocks[slot], sizes[slot], 16);
        }
        sizes[slot] = 16 + random.nextInt(512);
        blocks[slot] = Heap.allocate(sizes[slot], 16);
      }
      return blocks[0];
    };
  }

  private static long arenas(long count) {
    long last = 0;
    for (long i = 0; i < count; i++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        for (int j = 0; j < 32; j++) {
          last = arena.allocate(16 + j * 3L, 8).address();
        }
      }
    }
    return last;
  }

  /**
   * A request: a message is read into a block, its checksum is computed, and the answer is made in
   * an arena.
   */
  private static long requests(long count) {
    CRC32 crc = new CRC32();
    byte[] message = new byte[2000];
    for (long i = 0; i < count; i++) {
      int size = 200 + (int) (i * 31 % 1800);
      long block = Heap.allocate(size, 16);
      try (HeapArena arena = HeapArena.ofConfined()) {
        MemorySegment segment = MemorySegment.ofAddress(block).reinterpret(size);
        MemorySegment.copy(MemorySegment.ofArray(message), 0, segment, 0, size);
        crc.update(segment.asByteBuffer());
        MemorySegment answer = arena.allocateFrom("sum " + crc.getValue());
        MemorySegment.copy(answer, 0, MemorySegment.ofArray(message), i % 1000, answer.byteSize());
      }
      Heap.deallocate(block, size, 16);
    }
    return crc.getValue();
  }
}
