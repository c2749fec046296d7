package org.onemalloc.bugs;

import java.util.List;
import java.util.Locale;

/** A mode in which a mistake is made: one of the heap's, or the debug mode of another library. */
enum Mode {
  OFF(Library.HEAP, "-Donemalloc.checked=off"),
  SAMPLED(
      Library.HEAP,
      "-Donemalloc.checked=sampled",
      "-Donemalloc.checked.reach=all",
      "-Donemalloc.checked.findings=throw",
      "-Donemalloc.checked.leaks=true"),
  FULL(Library.HEAP, "-Donemalloc.checked=full", "-Donemalloc.checked.leaks=true"),
  /** {@link #FULL}, with reads checked too. */
  READS(
      Library.HEAP,
      "-Donemalloc.checked=full",
      "-Donemalloc.checked.reads=true",
      "-Donemalloc.checked.leaks=true"),
  NETTY(Library.NETTY, "-Dio.netty.leakDetection.level=paranoid"),
  LWJGL(
      Library.LWJGL,
      "-Dorg.lwjgl.util.Debug=true",
      "-Dorg.lwjgl.util.DebugAllocator=true",
      "-Dorg.lwjgl.system.allocator=jemalloc"),
  ARROW(Library.ARROW, "-Darrow.memory.debug.allocator=true");

  private final Library library;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> flags;

  Mode(Library library, String... flags) {
    this.library = library;
    this.flags = List.of(flags);
  }

  Library library() {
    return library;
  }

  /** Returns the options of the JVM that turn the mode on. */
  List<String> flags() {
    return flags;
  }

  /** Returns the name on the command line. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
