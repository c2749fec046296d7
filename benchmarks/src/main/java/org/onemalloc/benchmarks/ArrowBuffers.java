package org.onemalloc.benchmarks;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.netty.NettyAllocationManager;
import org.apache.arrow.memory.rounding.DefaultRoundingPolicy;
import org.apache.arrow.memory.rounding.RoundingPolicy;
import org.apache.arrow.memory.unsafe.UnsafeAllocationManager;
import org.apache.arrow.vector.BigIntVector;
import org.onemalloc.Heap;
import org.onemalloc.arrow.HeapRoundingPolicy;
import org.onemalloc.arrow.OnemallocAllocationManager;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Arrow's buffers, by each allocation manager. */
public class ArrowBuffers {
  private static final int N = Guard.OPERATIONS;

  /** One manager per JVM, so that calls have one target, as in a program. */
  static final BufferAllocator ROOT = root(System.getProperty("bench.arrow", "ours"));

  private static BufferAllocator root(String name) {
    RoundingPolicy rounding =
        name.equals("rounded")
            ? HeapRoundingPolicy.INSTANCE
            : DefaultRoundingPolicy.DEFAULT_ROUNDING_POLICY;
    return new RootAllocator(
        RootAllocator.configBuilder()
            .allocationManagerFactory(named(name))
            .roundingPolicy(rounding)
            .build());
  }

  private static AllocationManager.Factory named(String name) {
    return switch (name) {
      case "ours", "rounded" -> OnemallocAllocationManager.FACTORY;
      case "unsafe" -> UnsafeAllocationManager.FACTORY;
      case "netty" -> NettyAllocationManager.FACTORY;
      case "nothing" -> new Nothing();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Every buffer has the same block, so that only Arrow's own cost is measured. */
  private static final class Nothing implements AllocationManager.Factory {
    private static final long BLOCK = Heap.allocate(1 << 20, 16);

    @Override
    public AllocationManager create(BufferAllocator allocator, long size) {
      return new AllocationManager(allocator) {
        @Override
        public long getSize() {
          return size;
        }

        @Override
        protected long memoryAddress() {
          return BLOCK;
        }

        @Override
        protected void release0() {}
      };
    }

    @Override
    public ArrowBuf empty() {
      return OnemallocAllocationManager.FACTORY.empty();
    }
  }

  /** The size in bytes. */
  @State(Scope.Thread)
  public static class Size {
    @Param("64")
    int bytes;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void pair(Guard g, Size s, Blackhole b) {
    for (int i = 0; i < N && g.open; i++) {
      ArrowBuf buffer = ROOT.buffer(s.bytes);
      b.consume(buffer);
      buffer.close();
    }
  }

  /** A vector of longs from 256 bytes to 1 MB, one value at a time. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void growth() {
    try (BigIntVector vector = new BigIntVector("longs", ROOT)) {
      vector.setInitialCapacity(31);
      for (int i = 0; i < 1 << 17; i++) {
        vector.setSafe(i, i);
      }
    }
  }
}
