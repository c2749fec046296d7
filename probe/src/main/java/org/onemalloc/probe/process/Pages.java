package org.onemalloc.probe.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which pages of this process are present, from /proc/self/pagemap (proc_pid_pagemap(5)). A process
 * may read this of itself; only the physical addresses are kept from it. Not thread-safe.
 */
public final class Pages implements AutoCloseable {
  /** The size of a page on x86-64; arm64 may have another, see {@link #PAGE}. */
  private static final int COMMON = 4096;

  private static final int ENTRIES = 8192;

  /** The bit "page present". */
  private static final long PRESENT = 1L << 63;

  /** The size of a page, bytes. */
  public static final int PAGE = pageSize();

  private final RandomAccessFile file;
  private final byte[] bytes = new byte[ENTRIES * Long.BYTES];

  /**
   * Opens it.
   *
   * @throws IOException if the kernel does not allow it, or was built without it
   */
  public Pages() throws IOException {
    file = new RandomAccessFile("/proc/self/pagemap", "r");
  }

  /**
   * The largest power of two that divides every address of the own program's mappings: Java has no
   * method that returns the size of a page.
   */
  private static int pageSize() {
    try {
      long all = 1 << 16;
      for (Mapping mapping : Mapping.ofThisProcess()) {
        all |= mapping.start() | mapping.end();
      }
      return (int) Math.min(1 << 16, Long.lowestOneBit(all));
    } catch (IOException e) {
      return COMMON;
    }
  }

  /** Is called for pages that are present. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Visits a page.
     *
     * @param address its first address
     * @return where to go on: the first page that is present from this address on is the next
     * @throws IOException if it cannot be read
     */
    long visit(long address) throws IOException;
  }

  /**
   * Visits the present pages of a range by address, or some of them.
   *
   * @param range a range of whole pages
   * @param visitor is called for each, and says where to go on
   * @throws IOException if the range is not the process's, or the visitor throws it
   */
  public void visit(Range range, Visitor visitor) throws IOException {
    long last = range.end() / PAGE;
    long page = range.start() / PAGE;
    while (page < last) {
      long first = page;
      int entries = (int) Math.min(ENTRIES, last - page);
      file.seek(page * Long.BYTES);
      file.readFully(bytes, 0, entries * Long.BYTES);
      ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      while (page < first + entries) {
        boolean isPresent = (words.getLong((int) (page - first) * Long.BYTES) & PRESENT) != 0;
        page = isPresent ? Math.max(page + 1, visitor.visit(page * PAGE) / PAGE) : page + 1;
      }
    }
  }

  /**
   * Returns how much of a range is present.
   *
   * @param range a range of whole pages
   * @return bytes; a page of zeroes that was only read is counted, though it is not resident
   * @throws IOException if the range is not the process's
   */
  public long presentBytes(Range range) throws IOException {
    long[] present = {0};
    visit(
        range,
        address -> {
          present[0] += PAGE;
          return address + PAGE;
        });
    return present[0];
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
