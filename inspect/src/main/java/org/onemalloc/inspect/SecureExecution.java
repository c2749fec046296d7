package org.onemalloc.inspect;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Programs that run with more rights than the user who starts them. For these the loader ignores
 * settings that could be used to misuse the rights, among them LD_PRELOAD (ld.so(8),
 * "Secure-execution mode").
 */
final class SecureExecution {
  private static final int SET_USER_ID = 04000;
  private static final int SET_GROUP_ID = 02000;

  private SecureExecution() {}

  /**
   * Returns the reason why a program is one of them, such as {@code it is setuid}; empty for an
   * ordinary one.
   */
  static Optional<String> reason(Path program) {
    try {
      int mode = (int) Files.getAttribute(program, "unix:mode");
      if ((mode & SET_USER_ID) != 0) {
        return Optional.of("it is setuid");
      }
      if ((mode & SET_GROUP_ID) != 0) {
        return Optional.of("it is setgid");
      }
      return hasCapabilities(program) ? Optional.of("it has file capabilities") : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns whether the file has capabilities(7); false if its file system does not support them.
   */
  @SuppressWarnings("restricted")
  private static boolean hasCapabilities(Path program) {
    Linker linker = Linker.nativeLinker();
    MethodHandle getxattr =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("getxattr"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      long size =
          (long)
              getxattr.invokeExact(
                  arena.allocateFrom(program.toString()),
                  arena.allocateFrom("security.capability"),
                  MemorySegment.NULL,
                  0L);
      return size > 0;
    } catch (Throwable e) {
      throw new IllegalStateException("getxattr is declared wrongly", e);
    }
  }
}
