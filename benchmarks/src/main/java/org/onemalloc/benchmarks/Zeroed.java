package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.onemalloc.Heap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Allocates a zeroed block, writes a byte in every page of it, and frees it. */
public class Zeroed {
  static final int N = 10;
  private static final long PAGE = 4096;

  /** The size of the block. */
  @State(Scope.Thread)
  public static class Size {
    @Param("4")
    long kilobytes;
  }

  private static void touch(long from, long to) {
    for (long a = from; a < to; a += PAGE) {
      C.ALL.set(JAVA_BYTE, a, (byte) 1);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heap(Guard g, Size s) {
    long size = s.kilobytes << 10;
    for (int i = 0; i < N && g.open; i++) {
      long p = Heap.allocateZeroed(size, 16);
      touch(p, p + size);
      Heap.deallocate(p, size, 16);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confined(Guard g, Size s) {
    long size = s.kilobytes << 10;
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        long p = arena.allocate(size, 16).address();
        touch(p, p + size);
      }
    }
  }

  /** C's two ways. */
  @State(Scope.Thread)
  public static class Kernel {
    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.allocator", "jemalloc"));
    static final MethodHandle CALLOC = C.kernel("k_calloc", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle MEMSET = C.kernel("k_memset", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    final MemorySegment malloc = FUNCTIONS.malloc();
    final MemorySegment calloc = FUNCTIONS.calloc();
    final MemorySegment free = FUNCTIONS.free();
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cCalloc(Kernel k, Size s) throws Throwable {
    Kernel.CALLOC.invokeExact(k.calloc, k.free, s.kilobytes << 10, (long) N);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void cMemset(Kernel k, Size s) throws Throwable {
    Kernel.MEMSET.invokeExact(k.malloc, k.free, s.kilobytes << 10, (long) N);
  }
}
