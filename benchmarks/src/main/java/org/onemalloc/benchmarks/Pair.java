package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.lwjgl.system.MemoryUtil;
import org.onemalloc.Heap;
import org.onemalloc.ThreadHeap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Allocate and free one block of 64 bytes, a thousand times. */
public class Pair {
  private static final int N = Guard.OPERATIONS;

  /** A size that the JIT cannot know. */
  @State(Scope.Thread)
  public static class Size {
    long value = 64;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heap(Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long p = Heap.allocate(64, 16);
      b.consume(p);
      Heap.deallocate(p, 64, 16);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapVariable(Guard g, Size s, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long p = Heap.allocate(s.value, 16);
      b.consume(p);
      Heap.deallocate(p, s.value, 16);
    }
  }

  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  static long allocate() {
    return Heap.allocate(64, 16);
  }

  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  static void deallocate(long p) {
    Heap.deallocate(p, 64, 16);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapNotInlined(Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long p = allocate();
      b.consume(p);
      deallocate(p);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void handle(Guard g, Blackhole b) {
    try (ThreadHeap heap = ThreadHeap.open()) {
      for (int i = 0; i < N && g.open; i++) {
        long p = heap.allocate(64, 16);
        b.consume(p);
        heap.deallocate(p, 64, 16);
      }
    }
  }

  /** The loop of {@link #heap} without an allocator. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void loop(Guard g, Size s, Blackhole b) {
    long value = s.value;
    for (int i = 0; i < N && g.open; i++) {
      b.consume(value + i);
    }
  }

  /** Critical downcalls to malloc and free. */
  @State(Scope.Thread)
  public static class Downcall {
    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.downcall", "jemalloc"));
    static final MethodHandle MALLOC = C.malloc(FUNCTIONS);
    static final MethodHandle FREE = C.free(FUNCTIONS);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void critical(Guard g, Downcall d, Blackhole b) throws Throwable {
    for (int i = 0; i < N && g.open; i++) {
      long p = (long) Downcall.MALLOC.invokeExact(64L);
      b.consume(p);
      Downcall.FREE.invokeExact(p);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confined(Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        b.consume(arena.allocate(64, 16).address());
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void lwjgl(Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long p = MemoryUtil.nmemAlloc(64);
      b.consume(p);
      MemoryUtil.nmemFree(p);
    }
  }

  private static void netty(ByteBufAllocator allocator, Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      ByteBuf buffer = allocator.directBuffer(64);
      b.consume(buffer);
      buffer.release();
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void nettyPooled(Guard g, Blackhole b) {
    netty(PooledByteBufAllocator.DEFAULT, g, b);
  }

  /** Made on first use. */
  @State(Scope.Benchmark)
  public static class Adaptive {
    static final ByteBufAllocator ALLOCATOR = new AdaptiveByteBufAllocator(true, true);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void nettyAdaptive(Guard g, Adaptive a, Blackhole b) {
    netty(Adaptive.ALLOCATOR, g, b);
  }

  /** A C program's loop. */
  @State(Scope.Thread)
  public static class Kernel {
    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.allocator", "jemalloc"));
    static final MethodHandle PAIR = C.kernel("k_pair", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle SIZED =
        C.kernel("k_pair_sized", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle LOOP = C.kernel("k_pair_loop", JAVA_LONG);
    final MemorySegment malloc = FUNCTIONS.malloc();
    final MemorySegment free = FUNCTIONS.free();
    final MemorySegment sized = FUNCTIONS.sized();
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void c(Kernel k) throws Throwable {
    Kernel.PAIR.invokeExact(k.malloc, k.free, 64L, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cSized(Kernel k) throws Throwable {
    Kernel.SIZED.invokeExact(k.malloc, k.sized, 64L, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cLoop(Kernel k) throws Throwable {
    Kernel.LOOP.invokeExact((long) N);
  }
}
