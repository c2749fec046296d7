package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Maps the first page of a file as code and unmaps it, so that the kernel reports the file in the
 * way in which it reports the mappings of other processes ({@link KernelEvent.Mapped}).
 */
@SuppressWarnings("restricted")
public final class CodeMapping {
  private static final int READ_ONLY_AND_CLOSE_ON_EXEC = 0x80000; // O_RDONLY | O_CLOEXEC
  private static final int READ_AND_EXECUTE = 1 | 4; // PROT_READ | PROT_EXEC
  private static final int PRIVATE = 2; // MAP_PRIVATE

  private CodeMapping() {}

  /**
   * Maps a file and unmaps it. Nothing happens if the file cannot be mapped.
   *
   * @param file a path
   */
  public static void announce(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle open =
          Posix.call("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
      MethodHandle mmap =
          Posix.call(
              "mmap",
              FunctionDescriptor.of(
                  ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
      MethodHandle munmap =
          Posix.call("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
      int descriptor =
          (int) open.invokeExact(arena.allocateFrom(file + ""), READ_ONLY_AND_CLOSE_ON_EXEC, 0);
      if (descriptor < 0) {
        return;
      }
      MemorySegment mapped =
          (MemorySegment)
              mmap.invokeExact(MemorySegment.NULL, 1L, READ_AND_EXECUTE, PRIVATE, descriptor, 0L);
      Posix.close(descriptor);
      if (mapped.address() != -1) {
        int _ = (int) munmap.invokeExact(mapped, 1L);
      }
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
