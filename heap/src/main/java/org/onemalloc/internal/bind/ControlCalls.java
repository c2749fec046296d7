package org.onemalloc.internal.bind;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.onemalloc.internal.system.Calls;

/** A call with more arguments than those of {@link Calls}. */
final class ControlCalls {
  /** elapsed, user, system, current and peak RSS, current and peak commit, page faults. */
  private static final int RESULTS = 8;

  private static final int COMMIT = 5;

  @SuppressWarnings("restricted")
  private static final MethodHandle PROCESS_INFO =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.ofVoid(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                  JAVA_LONG));

  private ControlCalls() {}

  /** Returns the committed bytes that mi_process_info reports. */
  static long committed(MemorySegment info) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment results = arena.allocate(JAVA_LONG, RESULTS);
      long a = results.address();
      PROCESS_INFO.invokeExact(info, a, a + 8, a + 16, a + 24, a + 32, a + 40, a + 48, a + 56);
      return results.getAtIndex(JAVA_LONG, COMMIT);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("A downcall threw.", t);
    }
  }
}
