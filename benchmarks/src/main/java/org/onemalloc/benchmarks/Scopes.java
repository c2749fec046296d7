package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;
import org.onemalloc.HeapArena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Opens an arena, allocates in it, writes to the segments, and closes it. */
public class Scopes {
  /** Arenas in a sample: fewer than {@link Guard#OPERATIONS}, because one takes longer. */
  static final int N = 100;

  /** Sizes of 16 to 128 bytes, in random order. */
  @State(Scope.Thread)
  public static class Many {
    final int[] sizes = new int[32];
    final Arena kept = Arena.ofConfined();
    final MemorySegment segment = kept.allocate(8192, 64);

    public Many() {
      long random = Sizes.SEED;
      for (int i = 0; i < sizes.length; i++) {
        random = Sizes.next(random);
        sizes[i] = 16 + (int) (random >>> 32 & 7) * 16;
      }
    }
  }

  private static void use(SegmentAllocator arena, int[] sizes) {
    for (int size : sizes) {
      arena.allocate(size, 8).set(JAVA_LONG_UNALIGNED, 0, size);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heap32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        use(arena, m.sizes);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapRaw32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined().uninitialized()) {
        use(arena, m.sizes);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confined32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        use(arena, m.sizes);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void slicing32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      use(SegmentAllocator.slicingAllocator(m.segment), m.sizes);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void slicingNew32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        use(SegmentAllocator.slicingAllocator(arena.allocate(4096, 16)), m.sizes);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void stack32(Guard g, Many m) {
    for (int i = 0; i < N && g.open; i++) {
      try (MemoryStack stack = MemoryStack.stackPush()) {
        for (int size : m.sizes) {
          MemoryUtil.memPutLong(stack.nmalloc(8, size), size);
        }
      }
    }
  }

  /** A C program's loop. */
  @State(Scope.Thread)
  public static class Kernel {
    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.allocator", "jemalloc"));
    static final MethodHandle SCOPE =
        C.kernel("k_scope", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    final MemorySegment malloc = FUNCTIONS.malloc();
    final MemorySegment free = FUNCTIONS.free();
    final MemorySegment sizes = C.ints(new Many().sizes);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void c32(Kernel k) throws Throwable {
    Kernel.SCOPE.invokeExact(k.malloc, k.free, k.sizes, 32L, (long) N);
  }

  /** The size of the only block. */
  @State(Scope.Thread)
  public static class One {
    @Param("64")
    long size;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapOne(Guard g, One o) {
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        arena.allocate(o.size, 8).set(JAVA_LONG_UNALIGNED, 0, i);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confinedOne(Guard g, One o) {
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        arena.allocate(o.size, 8).set(JAVA_LONG_UNALIGNED, 0, i);
      }
    }
  }

  /** Allocates what a call into C often needs: a structure, and room for two results. */
  private static long call(SegmentAllocator arena, int i) {
    MemorySegment structure = arena.allocate(48, 8);
    structure.set(JAVA_LONG, 0, i);
    structure.set(JAVA_LONG, 8, i + 1L);
    structure.set(JAVA_LONG, 16, i + 2L);
    structure.set(JAVA_LONG, 24, i + 3L);
    MemorySegment length = arena.allocate(JAVA_LONG);
    length.set(JAVA_LONG, 0, i);
    MemorySegment status = arena.allocate(JAVA_INT);
    status.set(JAVA_INT, 0, i);
    return length.get(JAVA_LONG, 0) + status.get(JAVA_INT, 0);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long heapCall(Guard g) {
    long sum = 0;
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        sum += call(arena, i);
      }
    }
    return sum;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long confinedCall(Guard g) {
    long sum = 0;
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        sum += call(arena, i);
      }
    }
    return sum;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long stackCall(Guard g) {
    long sum = 0;
    for (int i = 0; i < N && g.open; i++) {
      try (MemoryStack stack = MemoryStack.stackPush()) {
        long structure = stack.ncalloc(8, 1, 48);
        MemoryUtil.memPutLong(structure, i);
        MemoryUtil.memPutLong(structure + 8, i + 1L);
        MemoryUtil.memPutLong(structure + 16, i + 2L);
        MemoryUtil.memPutLong(structure + 24, i + 3L);
        long length = stack.ncalloc(8, 1, 8);
        MemoryUtil.memPutLong(length, i);
        long status = stack.ncalloc(4, 1, 4);
        MemoryUtil.memPutInt(status, i);
        sum += MemoryUtil.memGetLong(length) + MemoryUtil.memGetInt(status);
      }
    }
    return sum;
  }

  /** Passes a segment to code that the JIT does not inline. */
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  private static void away(MemorySegment segment, long value) {
    segment.set(JAVA_LONG_UNALIGNED, 0, value);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heapOneEscaping(Guard g, One o) {
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined()) {
        away(arena.allocate(o.size, 8), i);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confinedOneEscaping(Guard g, One o) {
    for (int i = 0; i < N && g.open; i++) {
      try (Arena arena = Arena.ofConfined()) {
        away(arena.allocate(o.size, 8), i);
      }
    }
  }
}
