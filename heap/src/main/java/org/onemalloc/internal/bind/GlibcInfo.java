package org.onemalloc.internal.bind;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;
import org.onemalloc.Binding;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.UnixSymbols;

/**
 * What mallinfo2(3) reports of glibc's own heap.
 *
 * @param used bytes in blocks that are in use
 * @param held bytes held from the system, in use or free
 */
public record GlibcInfo(long used, long held) {
  private static final int ARENA = 0;
  private static final int HBLKHD = 4;
  private static final int UORDBLKS = 7;
  private static final int FIELDS = 10;

  /**
   * The handle of mallinfo2, which returns a structure: calling conventions have rules of their own
   * for that.
   */
  @SuppressWarnings("restricted")
  private static final MethodHandle MALLINFO2 =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  MemoryLayout.structLayout(MemoryLayout.sequenceLayout(FIELDS, JAVA_LONG))));

  static GlibcInfo of(MemorySegment mallinfo2) {
    try (Arena arena = Arena.ofConfined()) {
      SegmentAllocator here = arena;
      MemorySegment info = (MemorySegment) MALLINFO2.invokeExact(mallinfo2, here);
      long mapped = info.getAtIndex(JAVA_LONG, HBLKHD);
      return new GlibcInfo(
          info.getAtIndex(JAVA_LONG, UORDBLKS) + mapped,
          info.getAtIndex(JAVA_LONG, ARENA) + mapped);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("A downcall threw.", t);
    }
  }

  /**
   * Returns the memory in use in the heap of the loaded libc, even if another allocator serves
   * malloc.
   */
  public static OptionalLong escaped(Binding binding, Platform platform) {
    if (binding.allocator().equals("glibc") || !platform.system().equals("linux")) {
      return OptionalLong.empty();
    }
    try {
      // by the handle of libc itself: another allocator may define mallinfo2 too
      long mallinfo2 = UnixSymbols.load("libc.so.6").find("mallinfo2");
      return mallinfo2 == 0
          ? OptionalLong.empty()
          : OptionalLong.of(of(MemorySegment.ofAddress(mallinfo2)).used());
    } catch (HeapError e) {
      return OptionalLong.empty(); // another C library
    }
  }
}
