package org.onemalloc.netty;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/** A program that holds 32 MB of buffers of each allocator of Netty's until its input ends. */
final class HeldBuffers {
  static final long BYTES = 32L << 20;

  private HeldBuffers() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("late")) {
      UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
    if (!arguments[0].equals("stock")) {
      StockNetty.useProcessHeap();
    }
    List<ByteBuf> held = new ArrayList<>();
    for (ByteBufAllocator allocator :
        List.of(
            UnpooledByteBufAllocator.DEFAULT,
            PooledByteBufAllocator.DEFAULT,
            new AdaptiveByteBufAllocator(true))) {
      for (long bytes = 0; bytes < BYTES; bytes += 16 << 10) {
        held.add(allocator.directBuffer(16 << 10));
      }
    }
    System.out.println("ready");
    int _ = System.in.read();
    held.forEach(ByteBuf::release);
  }
}
