package org.onemalloc.netty;

import io.netty.util.internal.PlatformDependent;

/**
 * Makes Netty's own allocators use the process heap, for programs that cannot set {@link
 * OnemallocByteBufAllocator} on every channel.
 *
 * <p>On Java 24 and newer, if Netty has native access, it allocates its direct buffers with the
 * {@code malloc} that {@code Linker.nativeLinker().defaultLookup()} finds. This is libc's {@code
 * malloc}, even if another allocator is preloaded. If Netty uses {@code sun.misc.Unsafe}, or has no
 * native access, the JVM allocates the buffers, on the process heap. Programs that are started by
 * {@code onemalloc run} or linked by {@code onemalloc link} do not need this class, because both
 * commands correct the default lookup.
 */
public final class StockNetty {
  private static final String NO_UNSAFE = "io.netty.noUnsafe";

  private StockNetty() {}

  /**
   * Makes Netty allocate its own direct buffers through the JVM. This method sets the system
   * property {@code io.netty.noUnsafe} to {@code false} unless the property is set already. It must
   * be called before any class of Netty is used.
   *
   * <p>Java 24 and newer print a warning at the first buffer, unless the JVM is started with {@code
   * --sun-misc-unsafe-memory-access=allow}. With that option Netty uses Unsafe even if this method
   * is not called.
   *
   * @throws IllegalStateException if Netty does not use Unsafe: a class of Netty was in use before
   *     the call, the property is {@code true}, or the JVM denies Unsafe
   */
  public static void useProcessHeap() {
    if (System.getProperty(NO_UNSAFE) == null) {
      System.setProperty(NO_UNSAFE, "false");
    }
    if (!PlatformDependent.hasUnsafe()) {
      throw new IllegalStateException(
          "Netty's own buffers do not come from the process heap: Netty was in use before this"
              + " call, or it may not use Unsafe. Start java with"
              + " --sun-misc-unsafe-memory-access=allow and without -Dio.netty.noUnsafe=true, or"
              + " run the program with onemalloc run.",
          PlatformDependent.getUnsafeUnavailabilityCause());
    }
  }
}
