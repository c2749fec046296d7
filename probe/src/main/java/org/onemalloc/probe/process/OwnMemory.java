package org.onemalloc.probe.process;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of this process, through /proc/self/mem: an address that is not mapped is an {@link
 * IOException}, not a crash. Not thread-safe.
 */
public final class OwnMemory implements AutoCloseable {
  /** No table of a library that a JVM loads is larger; a length above it was misread. */
  private static final long MOST_BYTES = 256 << 20;

  private final RandomAccessFile file;

  /**
   * Opens it.
   *
   * @throws IOException if the kernel does not allow it
   */
  public OwnMemory() throws IOException {
    file = new RandomAccessFile("/proc/self/mem", "r");
  }

  /**
   * Reads memory.
   *
   * @param address the first byte
   * @param length the number of bytes
   * @return the bytes, in little-endian order
   * @throws IOException if a part of it is not mapped, or the length is out of range
   */
  public ByteBuffer read(long address, long length) throws IOException {
    if (address < 0 || length < 0 || length > MOST_BYTES) {
      throw new EOFException("no memory of a library: " + length + " bytes");
    }
    byte[] bytes = new byte[(int) length];
    file.seek(address);
    file.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a word of eight bytes.
   *
   * @param address where it is
   * @return the word
   * @throws IOException if it is not mapped
   */
  public long word(long address) throws IOException {
    return read(address, Long.BYTES).getLong(0);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
