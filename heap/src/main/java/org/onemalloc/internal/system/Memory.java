package org.onemalloc.internal.system;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * Raw access to memory by address.
 *
 * <p>One segment over the whole address space, in a static final field, is as fast as Unsafe: the
 * JIT knows its bounds and its (global) scope. The unaligned layout avoids the alignment check.
 */
public final class Memory {
  public static final MemorySegment ALL = everything();

  private static final long PIECE = 256 * 1024;
  private static final long INLINE = 256;

  private Memory() {}

  @SuppressWarnings("restricted")
  private static MemorySegment everything() {
    try {
      return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    } catch (IllegalCallerException e) {
      throw NativeAccess.missing(e);
    }
  }

  public static long get(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  public static void put(long address, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, address, value);
  }

  /** Copies between blocks, in pieces, so that no safepoint waits long for the end. */
  public static void copy(long from, long to, long size) {
    for (long done = 0; done < size; done += PIECE) {
      MemorySegment.copy(ALL, from + done, ALL, to + done, Math.min(PIECE, size - done));
    }
  }

  /**
   * Sets bytes to 0: by stores of longs for a few, by libc's memset for more, which is 2.5 times as
   * fast as {@link MemorySegment#fill} on a megabyte.
   */
  public static void zero(long address, long size) {
    if (size > INLINE) {
      Calls.sized(Libc.MEMSET, size, address, 0, size);
      return;
    }
    long end = address + size;
    long a = address;
    for (; a <= end - 8; a += 8) {
      put(a, 0);
    }
    for (; a < end; a++) {
      ALL.set(JAVA_BYTE, a, (byte) 0);
    }
  }

  /** Sets some KB to 0 by libc's memset, which takes about 2 ns to call. */
  public static void set(long address, long size) {
    Calls.critical(Libc.MEMSET, address, 0, size);
  }

  private static final class Libc {
    private static final MemorySegment MEMSET =
        Linker.nativeLinker().defaultLookup().findOrThrow("memset");
  }

  public static String string(long address) {
    if (address == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (long a = address; byteAt(a) != 0; a++) {
      text.append((char) byteAt(a));
    }
    return text.toString();
  }

  /**
   * Reads a byte from its whole word, which is on one page: another layout would cost the first use
   * 2 ms.
   */
  private static int byteAt(long address) {
    long word = get(address & -8);
    return (int) (word >>> ((address & 7) << 3)) & 0xff;
  }
}
