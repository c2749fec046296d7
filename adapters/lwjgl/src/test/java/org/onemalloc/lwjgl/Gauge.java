package org.onemalloc.lwjgl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.onemalloc.Heap;

/**
 * The process heap's own statistics: what this thread has allocated so far (jemalloc), what is
 * allocated now (glibc), or whether a block belongs to it (mimalloc).
 */
@SuppressWarnings("restricted")
final class Gauge {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final String ALLOCATOR = Heap.binding().allocator();

  private Gauge() {}

  private static MethodHandle process(String name, FunctionDescriptor shape) throws Throwable {
    MethodHandle dlsym =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("dlsym"),
            FunctionDescriptor.of(ADDRESS, JAVA_LONG, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = (MemorySegment) dlsym.invokeExact(0L, arena.allocateFrom(name));
      return LINKER.downcallHandle(found, shape);
    }
  }

  /** Whether the allocator counts bytes. */
  static boolean counts() {
    return !ALLOCATOR.equals("mimalloc");
  }

  static long bytes() throws Throwable {
    return ALLOCATOR.equals("jemalloc") ? jemalloc() : glibc();
  }

  private static long jemalloc() throws Throwable {
    MethodHandle mallctl =
        process(
            "mallctl",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      MemorySegment size = arena.allocateFrom(JAVA_LONG, 8);
      MemorySegment name = arena.allocateFrom("thread.allocated");
      int code = (int) mallctl.invokeExact(name, value, size, MemorySegment.NULL, 0L);
      if (code != 0) {
        throw new AssertionError("mallctl answers " + code);
      }
      return value.get(JAVA_LONG, 0);
    }
  }

  /** Blocks in arenas and in mappings of their own: uordblks and hblkhd of struct mallinfo2. */
  private static long glibc() throws Throwable {
    MemoryLayout info = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, JAVA_LONG));
    MethodHandle mallinfo = process("mallinfo2", FunctionDescriptor.of(info));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment got =
          (MemorySegment) mallinfo.invokeExact((java.lang.foreign.SegmentAllocator) arena);
      return got.get(JAVA_LONG, 7 * 8) + got.get(JAVA_LONG, 4 * 8);
    }
  }

  /** Returns whether a block belongs to mimalloc. */
  static boolean owns(long block) throws Throwable {
    MethodHandle mine =
        process("one_mi_is_in_heap_region", FunctionDescriptor.of(JAVA_BYTE, JAVA_LONG));
    return (byte) mine.invokeExact(block) != 0;
  }
}
