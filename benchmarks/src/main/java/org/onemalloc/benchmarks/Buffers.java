package org.onemalloc.benchmarks;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.SplittableRandom;
import org.onemalloc.netty.OnemallocByteBufAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Netty's direct buffers, by each allocator. */
public class Buffers {
  private static final int N = Guard.OPERATIONS;

  /** One allocator per JVM, so that calls have one target, as in a server. */
  @State(Scope.Benchmark)
  public static class Allocator {
    static final ByteBufAllocator HERE = named(System.getProperty("bench.buffers", "ours"));

    static ByteBufAllocator named(String name) {
      return switch (name) {
        case "ours" -> OnemallocByteBufAllocator.DEFAULT;
        case "pooled" -> PooledByteBufAllocator.DEFAULT;
        case "adaptive" -> new AdaptiveByteBufAllocator(true, true);
        case "unpooled" -> UnpooledByteBufAllocator.DEFAULT;
        default -> throw new IllegalArgumentException(name);
      };
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
      ByteBuf buffer = Allocator.HERE.directBuffer(s.bytes);
      b.consume(buffer);
      buffer.release();
    }
  }

  /** A thousand live buffers of 16 to 4096 bytes, of which a random one is replaced. */
  @State(Scope.Thread)
  public static class Live {
    final ByteBuf[] buffers = new ByteBuf[1024];
    final int[] sizes = new int[4096];
    final int[] places = new int[4096];
    int turn;

    @Setup
    public void fill() {
      SplittableRandom random = new SplittableRandom(7);
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = 16 << random.nextInt(9) | random.nextInt(16);
        places[i] = random.nextInt(buffers.length);
      }
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] = Allocator.HERE.directBuffer(sizes[i]);
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void window(Guard g, Live l) {
    for (int i = 0; i < N && g.open; i++) {
      int turn = l.turn++ & 4095;
      int place = l.places[turn];
      l.buffers[place].release();
      l.buffers[place] = Allocator.HERE.directBuffer(l.sizes[turn]);
    }
  }

  /** Grows a buffer from 256 bytes to 1 MB by writing 64 bytes at a time. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void growth(Bytes bytes) {
    ByteBuf buffer = Allocator.HERE.directBuffer(256);
    while (buffer.writerIndex() < 1 << 20) {
      buffer.writeBytes(bytes.value);
    }
    buffer.release();
  }

  /** What growth writes. */
  @State(Scope.Thread)
  public static class Bytes {
    final byte[] value = new byte[64];
  }
}
