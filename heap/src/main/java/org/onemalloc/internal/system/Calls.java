package org.onemalloc.internal.system;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls of C functions by address.
 *
 * <p>Design: one signature for all functions, six integer arguments and an integer result, and one
 * handle for each kind of call, which takes the function's address as its first argument. A C
 * function ignores argument registers that it does not declare, in every 64-bit calling convention
 * that the JDK supports (System V, AAPCS64, Windows x64, RISC-V, the caller cleans up in all of
 * them), and the result of a void function is ignored; an {@code int} result must be narrowed. A
 * handle for each function would cost 2 to 3 ms of start-up each (generated classes); this way the
 * second function costs nothing. In compiled code the address is a constant if it comes from a
 * static final record, and the call costs the same as that of a bound handle with the same
 * signature. Unused argument registers do cost time: {@link #sized(MemorySegment, long, long)}.
 *
 * <p>A critical call does not tell the JVM that the thread is in native code: cheap (2 ns instead
 * of 6), but it holds up safepoints while it runs. It is only for calls whose work is bounded to
 * about {@link #CRITICAL_BYTES}.
 */
public final class Calls {
  /** The most bytes that a critical call may process (which takes some microseconds). */
  public static final long CRITICAL_BYTES = 64 * 1024;

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle CRITICAL = handle(SHAPE, Linker.Option.critical(false));

  private Calls() {}

  /** Made on first use, because many programs never need it. */
  private static final class Normal {
    private static final MethodHandle HANDLE = handle(SHAPE);
  }

  /** Made on first use by a virtual thread. */
  private static final class Single {
    private static final MethodHandle HANDLE =
        handle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), Linker.Option.critical(false));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(FunctionDescriptor shape, Linker.Option... options) {
    try {
      return Linker.nativeLinker().downcallHandle(shape, options);
    } catch (IllegalCallerException e) {
      throw NativeAccess.missing(e);
    }
  }

  public static long critical(MemorySegment function, long a, long b, long c) {
    return critical(function, a, b, c, 0, 0, 0);
  }

  public static long critical(
      MemorySegment function, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) CRITICAL.invokeExact(function, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  public static long normal(MemorySegment function, long a, long b, long c) {
    return normal(function, a, b, c, 0, 0, 0);
  }

  public static long normal(
      MemorySegment function, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) Normal.HANDLE.invokeExact(function, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Calls critically if the work, in bytes, is small enough. */
  public static long sized(MemorySegment function, long work, long a, long b, long c) {
    return work <= CRITICAL_BYTES ? critical(function, a, b, c) : normal(function, a, b, c);
  }

  /**
   * Calls malloc, free or another function of one argument, critically if the work is small enough.
   *
   * <p>A virtual thread has no cache and calls this for every block. It uses a handle with one
   * argument, because five registers set to 0 twice cost a pair 1.1 to 1.6 ns of 12. A program
   * without virtual threads never makes that handle.
   */
  public static long sized(MemorySegment function, long work, long a) {
    return work <= CRITICAL_BYTES && Thread.currentThread().isVirtual()
        ? single(function, a)
        : sized(function, work, a, 0, 0);
  }

  private static long single(MemorySegment function, long a) {
    try {
      return (long) Single.HANDLE.invokeExact(function, a);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static Error unexpected(Throwable t) {
    return t instanceof Error e ? e : new AssertionError("A downcall threw.", t);
  }
}
