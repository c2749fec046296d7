package org.onemalloc.bugs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Memory by address, and C's malloc, as C code would use them. */
@SuppressWarnings("restricted")
final class Raw {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final MemorySegment MALLOC =
      Linker.nativeLinker().defaultLookup().findOrThrow("malloc");
  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              MALLOC, FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private Raw() {}

  static void put(long address, int value) {
    ALL.set(JAVA_BYTE, address, (byte) value);
  }

  static int get(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  static void fill(long address, long size, int value) {
    ALL.asSlice(address, size).fill((byte) value);
  }

  static void copy(String text, long address) {
    ALL.setString(address, text);
  }

  static long malloc(long size) throws Exception {
    try {
      return (long) CALL.invokeExact(size);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** The address of a function, which is not a block. */
  static long function() {
    return MALLOC.address();
  }

  static void elsewhere(Runnable action) throws InterruptedException {
    Thread thread = new Thread(action, "elsewhere");
    thread.start();
    thread.join();
  }
}
