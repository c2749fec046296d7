package org.onemalloc.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import org.apache.arrow.memory.ArrowBuf;

/** {@link HandOver} of Arrow's buffers between two of Netty's threads. */
public final class ArrowHandOver implements HandOver.Side {
  private final ArrowBuf[][] buffers = new ArrowBuf[HandOver.RING][HandOver.BATCH];

  private ArrowHandOver() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(
        HandOver.run(new ArrowHandOver(), new DefaultThreadFactory("hand-over", true)));
  }

  @Override
  public void fill(int slot) {
    ArrowBuf[] batch = buffers[slot];
    for (int i = 0; i < batch.length; i++) {
      batch[i] = ArrowBuffers.ROOT.buffer(64);
      batch[i].setLong(0, i);
    }
  }

  @Override
  public void drain(int slot) {
    for (ArrowBuf buffer : buffers[slot]) {
      buffer.close();
    }
  }
}
