package org.onemalloc.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * {@link HandOver} of Netty's buffers between two of Netty's threads. At most 4 MB are in the ring,
 * so that batches of large buffers are shorter.
 */
public final class BufferHandOver implements HandOver.Side {
  private static final int ON_THE_WAY = 4 << 20;

  private final ByteBuf[][] buffers;
  private final int bytes;

  private BufferHandOver(int bytes) {
    this.bytes = bytes;
    int batch = Math.min(HandOver.BATCH, ON_THE_WAY / HandOver.RING / bytes);
    this.buffers = new ByteBuf[HandOver.RING][batch];
  }

  /** Runs it with buffers of the given size in bytes. */
  public static void main(String[] arguments) throws Exception {
    BufferHandOver side = new BufferHandOver(Integer.parseInt(arguments[0]));
    double time = HandOver.run(side, new DefaultThreadFactory("hand-over", true));
    System.out.println(time * HandOver.BATCH / side.buffers[0].length);
  }

  @Override
  public void fill(int slot) {
    ByteBuf[] batch = buffers[slot];
    for (int i = 0; i < batch.length; i++) {
      batch[i] = Buffers.Allocator.HERE.directBuffer(bytes);
      batch[i].setLong(0, i);
    }
  }

  @Override
  public void drain(int slot) {
    for (ByteBuf buffer : buffers[slot]) {
      buffer.release();
    }
  }
}
