package org.apache.parquet.bytes;

/** Stands in front of Parquet's own too: its tests run on direct buffers instead of arrays. */
public class HeapByteBufferAllocator extends DirectByteBufferAllocator {
  /** As Parquet's. */
  public static HeapByteBufferAllocator getInstance() {
    return new HeapByteBufferAllocator();
  }
}
