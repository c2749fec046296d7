package org.apache.parquet.bytes;

import java.nio.ByteBuffer;
import org.onemalloc.parquet.Counted;

/** Stands in front of Parquet's own, so that its tests run on ours. */
public class DirectByteBufferAllocator implements ByteBufferAllocator {
  /** As Parquet's. */
  public static DirectByteBufferAllocator getInstance() {
    return new DirectByteBufferAllocator();
  }

  @Override
  public ByteBuffer allocate(int size) {
    return Counted.allocate(size);
  }

  @Override
  public void release(ByteBuffer b) {
    Counted.release(b);
  }

  @Override
  public boolean isDirect() {
    return true;
  }
}
