package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import org.onemalloc.Heap;
import org.onemalloc.HeapArena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;

/** Writes eight longs to a block of 64 bytes: through a segment of an arena, and by address. */
public class Segments {
  private static final int N = Guard.OPERATIONS;

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void segment(Guard g) {
    for (int i = 0; i < N && g.open; i++) {
      try (HeapArena arena = HeapArena.ofConfined().uninitialized()) {
        var segment = arena.allocate(64, 8);
        for (int at = 0; at < 64; at += 8) {
          segment.set(JAVA_LONG_UNALIGNED, at, i);
        }
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void slice(Guard g) {
    for (int i = 0; i < N && g.open; i++) {
      long p = Heap.allocate(64, 8);
      var segment = C.ALL.asSlice(p, 64);
      for (int at = 0; at < 64; at += 8) {
        segment.set(JAVA_LONG_UNALIGNED, at, i);
      }
      Heap.deallocate(p, 64, 8);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void raw(Guard g) {
    for (int i = 0; i < N && g.open; i++) {
      long p = Heap.allocate(64, 8);
      for (int at = 0; at < 64; at += 8) {
        C.ALL.set(JAVA_LONG_UNALIGNED, p + at, i);
      }
      Heap.deallocate(p, 64, 8);
    }
  }
}
