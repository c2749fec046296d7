package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.lwjgl.system.MemoryUtil;
import org.onemalloc.Heap;

/**
 * One thread allocates blocks of 64 bytes, another frees them; prints the time per block, in
 * nanoseconds.
 *
 * <p>Blocks travel in batches through a ring that costs the same for all allocators. The figure is
 * the median of intervals, because the placement of the two threads changes during a run.
 */
public final class HandOver {
  static final int BATCH = 256;
  static final int RING = 16;
  private static final int STRETCH = 1 << 17;
  private static final int STRETCHES = 40;

  private final AtomicLong produced = new AtomicLong();
  private final AtomicLong consumed = new AtomicLong();

  private HandOver() {}

  /** Fills and drains the batch in a slot of the ring. */
  interface Side {
    void fill(int slot) throws Throwable;

    void drain(int slot) throws Throwable;
  }

  /** Runs one variant. */
  public static void main(String[] arguments) throws Exception {
    Side side =
        switch (arguments[0]) {
          case "heap" -> new OnHeap();
          case "lwjgl" -> new OnLwjgl();
          case "ring" -> new OnNothing();
          default -> new InC(C.named(arguments[1]));
        };
    System.out.println(run(side, Thread.ofPlatform().daemon().factory()));
  }

  /** Returns the time per block, in nanoseconds. */
  static double run(Side side, ThreadFactory threads) throws Exception {
    return new HandOver().measure(side, threads);
  }

  private double measure(Side side, ThreadFactory threads) throws Exception {
    Thread consumer = threads.newThread(() -> consume(side));
    consumer.start();
    double[] times = new double[STRETCHES];
    Thread producer =
        threads.newThread(
            () -> {
              for (int i = 0; i < STRETCHES; i++) {
                long start = System.nanoTime();
                produce(side);
                times[i] = (System.nanoTime() - start) / (double) STRETCH;
              }
            });
    producer.start();
    producer.join();
    consumer.join();
    double[] settled = Arrays.copyOfRange(times, STRETCHES / 4, STRETCHES);
    Arrays.sort(settled);
    return settled[settled.length / 2];
  }

  private void produce(Side side) {
    try {
      for (int i = 0; i < STRETCH / BATCH; i++) {
        long n = produced.getPlain();
        while (n - consumed.getAcquire() == RING) {
          Thread.onSpinWait();
        }
        side.fill((int) (n & RING - 1));
        produced.setRelease(n + 1);
      }
    } catch (Throwable t) {
      t.printStackTrace();
      Runtime.getRuntime().halt(1); // the other side would wait for ever
    }
  }

  private void consume(Side side) {
    try {
      for (long n = 0; n < (long) STRETCHES * (STRETCH / BATCH); n++) {
        while (produced.getAcquire() == n) {
          Thread.onSpinWait();
        }
        side.drain((int) (n & RING - 1));
        consumed.setRelease(n + 1);
      }
    } catch (Throwable t) {
      t.printStackTrace();
      Runtime.getRuntime().halt(1); // the other side would wait for ever
    }
  }

  private static final class OnHeap implements Side {
    private final long[][] blocks = new long[RING][BATCH];

    @Override
    public void fill(int slot) {
      long[] batch = blocks[slot];
      for (int i = 0; i < BATCH; i++) {
        batch[i] = Heap.allocate(64, 16);
        C.ALL.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, batch[i], i);
      }
    }

    @Override
    public void drain(int slot) {
      for (long block : blocks[slot]) {
        Heap.deallocate(block, 64, 16);
      }
    }
  }

  /** The ring alone, with blocks that are allocated beforehand. */
  private static final class OnNothing implements Side {
    private final long[][] blocks = new long[RING][BATCH];
    private final long base = Arena.global().allocate(RING * BATCH * 64L, 64).address();
    private long freed;

    @Override
    public void fill(int slot) {
      long[] batch = blocks[slot];
      for (int i = 0; i < BATCH; i++) {
        batch[i] = base + (long) (slot * BATCH + i) * 64;
        C.ALL.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, batch[i], i);
      }
    }

    @Override
    public void drain(int slot) {
      for (long block : blocks[slot]) {
        freed += block;
      }
    }
  }

  private static final class OnLwjgl implements Side {
    private final long[][] blocks = new long[RING][BATCH];

    @Override
    public void fill(int slot) {
      long[] batch = blocks[slot];
      for (int i = 0; i < BATCH; i++) {
        batch[i] = MemoryUtil.nmemAlloc(64);
        MemoryUtil.memPutLong(batch[i], i);
      }
    }

    @Override
    public void drain(int slot) {
      for (long block : blocks[slot]) {
        MemoryUtil.nmemFree(block);
      }
    }
  }

  private static final class InC implements Side {
    private static final MethodHandle FILL =
        C.kernel("k_fill", ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
    private static final MethodHandle DRAIN = C.kernel("k_drain", ADDRESS, ADDRESS, JAVA_LONG);
    private final C.Functions functions;
    private final MemorySegment[] blocks = new MemorySegment[RING];

    InC(C.Functions functions) {
      this.functions = functions;
      Arrays.setAll(blocks, i -> Arena.global().allocate(BATCH * 8L, 64));
    }

    @Override
    public void fill(int slot) throws Throwable {
      FILL.invokeExact(functions.malloc(), 64L, blocks[slot], (long) BATCH);
    }

    @Override
    public void drain(int slot) throws Throwable {
      DRAIN.invokeExact(functions.free(), blocks[slot], (long) BATCH);
    }
  }
}
