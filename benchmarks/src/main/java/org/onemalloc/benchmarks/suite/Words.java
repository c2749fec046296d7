package org.onemalloc.benchmarks.suite;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Reads and writes the memory of blocks by address. All words are aligned; the unaligned layouts
 * spare the check.
 */
@SuppressWarnings("restricted")
final class Words {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private Words() {}

  static long get(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  static void set(long address, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, address, value);
  }

  static int getInt(long address) {
    return ALL.get(JAVA_INT_UNALIGNED, address);
  }

  static void setInt(long address, int value) {
    ALL.set(JAVA_INT_UNALIGNED, address, value);
  }

  /** Writes one byte, which is the least that makes memory resident. */
  static void touch(long address) {
    ALL.set(JAVA_BYTE, address, (byte) 1);
  }

  /** Adds 1 to a word, by a load and a store that the JIT does not leave out ({@code volatile}). */
  static void increment(long address) {
    LONG.setOpaque(ALL, address, (long) LONG.getOpaque(ALL, address) + 1);
  }
}
