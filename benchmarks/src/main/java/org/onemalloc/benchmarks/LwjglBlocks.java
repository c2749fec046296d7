package org.onemalloc.benchmarks;

import org.lwjgl.system.MemoryUtil;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** LWJGL's blocks, by the allocator that {@code org.lwjgl.system.allocator} names. */
public class LwjglBlocks {
  private static final int N = Guard.OPERATIONS;
  private static final long FROM = 256;
  private static final long TO = 1 << 20;

  /** The size in bytes. */
  @State(Scope.Thread)
  public static class Size {
    @Param("64")
    long bytes;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void pair(Guard g, Size s, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long block = MemoryUtil.nmemAlloc(s.bytes);
      b.consume(block);
      MemoryUtil.nmemFree(block);
    }
  }

  /** Grows a block from 256 bytes to 1 MB by half its size each time, and writes every new byte. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void growth() {
    long block = MemoryUtil.nmemAlloc(FROM);
    MemoryUtil.memSet(block, 1, FROM);
    for (long size = FROM; size < TO; ) {
      long next = Math.min(TO, size + size / 2);
      block = MemoryUtil.nmemRealloc(block, next);
      MemoryUtil.memSet(block + size, 1, next - size);
      size = next;
    }
    MemoryUtil.nmemFree(block);
  }
}
