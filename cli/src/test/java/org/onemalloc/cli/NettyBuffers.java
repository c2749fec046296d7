package org.onemalloc.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/** A program that holds 32 MB in direct buffers of Netty until its input ends. */
final class NettyBuffers {
  private NettyBuffers() {}

  public static void main(String[] arguments) throws Exception {
    List<ByteBuf> held = new ArrayList<>();
    for (int i = 0; i < 2048; i++) {
      held.add(UnpooledByteBufAllocator.DEFAULT.directBuffer(16 << 10));
    }
    System.out.println("ready");
    int _ = System.in.read();
    held.forEach(ByteBuf::release);
  }
}
