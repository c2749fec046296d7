package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Functions of POSIX and Linux that Java lacks: waiting for a child and reading its resource usage,
 * signals, pipes, clocks. {@link ProgramStart} starts programs. For 64-bit Linux.
 */
@SuppressWarnings("restricted")
public final class Posix {
  /** {@code SIGTERM} (signal(7)). */
  public static final int SIGTERM = 15;

  /** {@code SIGKILL} (signal(7)). */
  public static final int SIGKILL = 9;

  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int O_CLOEXEC = 0x80000;

  /** The value in linux/prctl.h. */
  private static final int PR_SET_CHILD_SUBREAPER = 36;

  private static final int WNOHANG = 1;

  private static final Linker LINKER = Linker.nativeLinker();
  static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private Posix() {}

  /** Returns the error number of a call that captured its state. */
  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** Thrown when a system call fails. */
  public static final class PosixException extends Exception {
    private static final long serialVersionUID = 1L;

    PosixException(String message) {
      super(message);
    }
  }

  private static MemorySegment symbol(String name) {
    return LINKER.defaultLookup().findOrThrow(name);
  }

  static MethodHandle call(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(symbol(name), type, options);
  }

  /**
   * Returns the exception for a failed call.
   *
   * @param what the attempted operation
   * @param state the captured call state, which contains errno
   */
  static PosixException failure(String what, MemorySegment state) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      return new PosixException(what + ": " + describe(errno(state), arena));
    }
  }

  static String describe(int errno, Arena arena) throws Throwable {
    MethodHandle strerror = call("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    MemorySegment text = (MemorySegment) strerror.invokeExact(errno);
    return text.reinterpret(256, arena, null).getString(0);
  }

  /** Marks descriptors close-on-exec, so that no executed program inherits them. */
  public static void closeOnExec(Iterable<Integer> descriptors) {
    MethodHandle fcntl =
        call(
            "fcntl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    for (int descriptor : descriptors) {
      try {
        int _ = (int) fcntl.invokeExact(descriptor, F_SETFD, FD_CLOEXEC);
      } catch (Throwable t) {
        throw new IllegalStateException(t);
      }
    }
  }

  /**
   * Opens a pipe whose ends are close-on-exec.
   *
   * @return the descriptors of the reading and the writing end
   * @throws PosixException if there are no descriptors left
   */
  static int[] pipe() throws PosixException {
    MethodHandle pipe =
        call(
            "pipe2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.captureCallState("errno"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      if ((int) pipe.invokeExact(state, ends, O_CLOEXEC) != 0) {
        throw failure("no pipe could be made", state);
      }
      return ends.toArray(JAVA_INT);
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  static void close(int descriptor) {
    try {
      int _ =
          (int) call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT)).invokeExact(descriptor);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * Makes this process the new parent of every descendant whose parent ends, in place of init
   * (prctl(2), PR_SET_CHILD_SUBREAPER, since Linux 3.4). This process must then collect adopted
   * children that have ended.
   */
  public static void adoptOrphans() {
    FunctionDescriptor type =
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    try {
      int _ =
          (int)
              call("prctl", type, Linker.Option.firstVariadicArg(1))
                  .invokeExact(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * Waits for a child to end and reads the resource usage of the child and of the descendants that
   * it waited for.
   *
   * @return the wait status and the resource usage
   */
  public static Ended await(int pid) {
    return await(pid, 0).orElseThrow();
  }

  /**
   * Collects a child that has ended.
   *
   * @param pid a child of this process
   * @return the result of {@link #await}; empty if the process has not ended or is not a child of
   *     this process
   */
  public static Optional<Ended> collect(long pid) {
    return await((int) pid, WNOHANG);
  }

  private static Optional<Ended> await(int pid, int options) {
    FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    MethodHandle wait4 = call("wait4", type, Linker.Option.captureCallState("errno"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment status = arena.allocate(JAVA_INT);
      MemorySegment usage = arena.allocate(ResourceUsage.BYTES);
      int done;
      do {
        done = (int) wait4.invokeExact(state, pid, status, options, usage);
      } while (done == -1 && errno(state) == 4 /* EINTR */);
      if (done == pid) {
        return Optional.of(new Ended(status.get(JAVA_INT, 0), ResourceUsage.read(usage)));
      }
      if (options == WNOHANG) {
        return Optional.empty();
      }
      throw new IllegalStateException("wait4(" + pid + "): " + describe(errno(state), arena));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * The end of a child process.
   *
   * @param status the status as defined by wait(2)
   * @param usage the resource usage that the kernel counted
   */
  public record Ended(int status, ResourceUsage usage) {
    /** Returns the exit code, or 128 + the signal's number as shells do. */
    public int exitCode() {
      int signal = status & 0x7f;
      return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }
  }

  /** Sends a signal to a process. A process that has ended is not an error. */
  public static void kill(long pid, int signal) {
    signal((int) pid, signal);
  }

  /** Sends a signal to every process of a group. An empty group is not an error. */
  public static void killGroup(int group, int signal) {
    signal(-group, signal);
  }

  private static void signal(int whom, int signal) {
    try {
      int _ =
          (int)
              call("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT))
                  .invokeExact(whom, signal);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** The clock function, looked up once because each sample reads the clock several times. */
  private static final class ThreadClock {
    private static final int CLOCK_THREAD_CPUTIME_ID = 3;
    private static final MethodHandle CLOCK_GETTIME =
        call("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  }

  /** Returns the CPU time of the calling thread, in nanoseconds (clock_gettime(2)). */
  public static long threadCpuNanos() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(JAVA_LONG, 2);
      int _ =
          (int) ThreadClock.CLOCK_GETTIME.invokeExact(ThreadClock.CLOCK_THREAD_CPUTIME_ID, time);
      return time.getAtIndex(JAVA_LONG, 0) * 1_000_000_000L + time.getAtIndex(JAVA_LONG, 1);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * Returns glibc's version from gnu_get_libc_version(3), or an empty string with another C
   * library.
   */
  public static String libcVersion() {
    Optional<MemorySegment> function = LINKER.defaultLookup().find("gnu_get_libc_version");
    if (function.isEmpty()) {
      return "";
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle version = LINKER.downcallHandle(function.get(), FunctionDescriptor.of(ADDRESS));
      return ((MemorySegment) version.invokeExact()).reinterpret(64, arena, null).getString(0);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
