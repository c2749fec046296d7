package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.onemalloc.GrowableMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A buffer grows from 1 KB to 64 MB; one byte of every new page is written. */
public class Growth {
  private static final long FROM = 1 << 10;
  private static final long TO = 64 << 20;
  private static final long PAGE = 4096;

  /** The ratio of each size to the one before, in tenths. */
  @State(Scope.Thread)
  public static class Factor {
    @Param("20")
    long tenths;

    long next(long size) {
      return Math.min(size * tenths / 10, TO);
    }
  }

  private static void touch(long address, long from, long to) {
    for (long at = from; at < to; at += PAGE) {
      C.ALL.set(JAVA_BYTE, address + at, (byte) 1);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void heap(Factor f) {
    try (GrowableMemory memory = GrowableMemory.allocate(FROM)) {
      touch(memory.address(), 0, FROM);
      for (long size = FROM; size < TO; ) {
        long next = f.next(size);
        memory.resize(next);
        touch(memory.address(), size, next);
        size = next;
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void confined(Factor f) {
    Arena arena = Arena.ofConfined();
    MemorySegment memory = arena.allocate(FROM, 16);
    touch(memory.address(), 0, FROM);
    for (long size = FROM; size < TO; ) {
      long next = f.next(size);
      Arena larger = Arena.ofConfined();
      MemorySegment moved = larger.allocate(next, 16);
      MemorySegment.copy(memory, 0, moved, 0, size);
      arena.close();
      arena = larger;
      memory = moved;
      touch(memory.address(), size, next);
      size = next;
    }
    arena.close();
  }

  private static void netty(ByteBufAllocator allocator, Factor f) {
    ByteBuf buffer = allocator.directBuffer((int) FROM);
    for (long at = 0; at < FROM; at += PAGE) {
      buffer.setByte((int) at, 1);
    }
    for (long size = FROM; size < TO; ) {
      long next = f.next(size);
      buffer.writerIndex((int) size);
      buffer.capacity((int) next);
      for (long at = size; at < next; at += PAGE) {
        buffer.setByte((int) at, 1);
      }
      size = next;
    }
    buffer.release();
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void nettyPooled(Factor f) {
    netty(PooledByteBufAllocator.DEFAULT, f);
  }

  /** Made on first use. */
  @State(Scope.Benchmark)
  public static class Adaptive {
    static final ByteBufAllocator ALLOCATOR = new AdaptiveByteBufAllocator(true, true);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void nettyAdaptive(Factor f, Adaptive a) {
    netty(Adaptive.ALLOCATOR, f);
  }

  /** C's realloc. */
  @State(Scope.Thread)
  public static class Kernel {
    static final C.Functions FUNCTIONS = C.named(System.getProperty("bench.allocator", "jemalloc"));
    static final MethodHandle GROW =
        C.kernel("k_grow", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    final MemorySegment malloc = FUNCTIONS.malloc();
    final MemorySegment realloc = FUNCTIONS.realloc();
    final MemorySegment free = FUNCTIONS.free();
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void c(Kernel k, Factor f) throws Throwable {
    Kernel.GROW.invokeExact(k.malloc, k.realloc, k.free, FROM, TO, f.tenths);
  }
}
