package org.onemalloc.top;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The size of a terminal's window.
 *
 * @param columns the number of characters per line
 * @param rows the number of lines
 */
public record WindowSize(int columns, int rows) {
  /** The size without a terminal: 100 columns, and any number of rows. */
  public static final WindowSize NONE = new WindowSize(100, Integer.MAX_VALUE);

  /** TIOCGWINSZ of Linux (ioctl_tty(2)). */
  private static final long GET = 0x5413;

  private static final int STDOUT = 1;

  @SuppressWarnings("restricted")
  private static final MethodHandle IOCTL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
              Linker.Option.firstVariadicArg(2));

  /**
   * Returns the current size of the terminal of standard output.
   *
   * @return the size; {@link #NONE} if there is no terminal or its size is unknown
   */
  public static WindowSize now() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_SHORT, 4);
      int failed = (int) IOCTL.invokeExact(STDOUT, GET, size);
      int rows = size.getAtIndex(JAVA_SHORT, 0);
      int columns = size.getAtIndex(JAVA_SHORT, 1);
      return failed != 0 || rows <= 0 || columns <= 0 ? NONE : new WindowSize(columns, rows);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("A downcall threw.", t);
    }
  }
}
