package org.onemalloc.benchmarks;

import org.apache.arrow.memory.ArrowBuf;

/** {@link HandOver} with Arrow's buffers. */
final class ArrowSide implements HandOver.Side {
  private final ArrowBuf[][] buffers = new ArrowBuf[HandOver.RING][HandOver.BATCH];

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
