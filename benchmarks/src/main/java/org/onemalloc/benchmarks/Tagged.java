package org.onemalloc.benchmarks;

import org.onemalloc.Heap;
import org.onemalloc.TaggedHeap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** The pair of {@link Pair} under a tag. */
public class Tagged {
  private static final int N = Guard.OPERATIONS;

  /** Tags in static final fields, as in a program. */
  @State(Scope.Benchmark)
  public static class Tags {
    static final TaggedHeap FREE = Heap.tagged("bench/free");
    static final TaggedHeap LIMITED = limited();

    private static TaggedHeap limited() {
      TaggedHeap heap = Heap.tagged("bench/limited");
      heap.limit(1 << 30);
      return heap;
    }
  }

  private static void pair(TaggedHeap heap, Guard g, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      long p = heap.allocate(64, 16);
      b.consume(p);
      heap.deallocate(p, 64, 16);
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void free(Guard g, Tags t, Blackhole b) {
    pair(Tags.FREE, g, b);
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void limited(Guard g, Tags t, Blackhole b) {
    pair(Tags.LIMITED, g, b);
  }
}
