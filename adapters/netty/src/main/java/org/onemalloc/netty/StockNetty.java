package org.onemalloc.netty;

import io.netty.util.internal.PlatformDependent;

/**
 * Netty's own allocators on the process heap, for programs that cannot give every channel {@link
 * OnemallocByteBufAllocator}.
 *
 * <p>On Java 24 and newer, a Netty that has native access takes its buffers from {@code malloc} as
 * {@code Linker.nativeLinker().defaultLookup()} finds it: that of libc, even where another
 * allocator is preloaded. With {@code sun.misc.Unsafe}, and without native access too, it takes
 * them from the JVM, whose malloc is the process heap. {@code onemalloc run} and {@code onemalloc
 * link} mend the look-up itself and need none of this.
 */
public final class StockNetty {
  private static final String NO_UNSAFE = "io.netty.noUnsafe";

  private StockNetty() {}

  /**
   * Has Netty take its own direct buffers from the JVM, by Netty's own property {@code
   * io.netty.noUnsafe=false}, unless that property is set already. Must be called before any class
   * of Netty is used. Java 24 and newer print a warning at the first buffer unless started with
   * {@code --sun-misc-unsafe-memory-access=allow}, which has the same effect on Netty by itself.
   *
   * @throws IllegalStateException if Netty does not use Unsafe after all: one of its classes was in
   *     use before, or the property or the JVM says otherwise
   */
  public static void useProcessHeap() {
    if (System.getProperty(NO_UNSAFE) == null) {
      System.setProperty(NO_UNSAFE, "false");
    }
    if (!PlatformDependent.hasUnsafe()) {
      throw new IllegalStateException(
          "Netty's own buffers do not come from the process heap: it was in use before this call, or"
              + " may not use Unsafe. Start java with --sun-misc-unsafe-memory-access=allow and"
              + " without -Dio.netty.noUnsafe=true, or run the program by onemalloc run.",
          PlatformDependent.getUnsafeUnavailabilityCause());
    }
  }
}
