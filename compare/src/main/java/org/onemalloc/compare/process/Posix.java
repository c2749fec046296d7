package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The few calls of POSIX that Java has no way to make: replacing the process, and starting a child
 * whose whole cost can be asked for. Linux on a 64-bit machine.
 */
@SuppressWarnings("restricted")
public final class Posix {
  /** {@code SIGTERM} (signal(7)). */
  public static final int SIGTERM = 15;

  /** {@code SIGKILL} (signal(7)). */
  public static final int SIGKILL = 9;

  /** {@code sizeof(sigset_t)} in glibc and musl: 1,024 bits. */
  private static final int SIGSET_BYTES = 128;

  /** errno(3): not in a format that the kernel can execute. */
  private static final int ENOEXEC = 8;

  private static final String SHELL = "/bin/sh";
  private static final int SIGSEGV = 11;
  private static final MemorySegment SIG_IGN = MemorySegment.ofAddress(1);
  private static final int SIG_SETMASK = 2;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_WRONLY_CREAT_APPEND = 1 | 0x40 | 0x400;

  /** spawn.h of glibc: the flags of a spawn attribute. */
  private static final short SPAWN_SETPGROUP = 0x02;

  private static final short SPAWN_SETSIGDEF = 0x04;
  private static final short SPAWN_SETSIGMASK = 0x08;
  private static final short SPAWN_SETSID = 0x80;

  /** linux/prctl.h. */
  private static final int PR_SET_CHILD_SUBREAPER = 36;

  private static final int WNOHANG = 1;

  /** Larger than glibc's 80 and 336 bytes, and than musl's. */
  private static final int SPAWN_STRUCT_BYTES = 1024;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private Posix() {}

  /** A call that failed. */
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
   * Replaces this process by a program: same pid, same open descriptors that are not marked
   * close-on-exec, and what is restored of the inheritance. A script that names no interpreter is
   * run by the shell, as execvp(3) does.
   *
   * @throws PosixException if the kernel refuses; the process goes on, and can only end
   */
  public static void exec(
      String path, List<byte[]> arguments, List<byte[]> environment, Inheritance inheritance)
      throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle execve =
          call(
              "execve",
              FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
              Linker.Option.captureCallState("errno"));
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment file = arena.allocateFrom(path);
      MemorySegment words = pointers(arena, arguments);
      MemorySegment variables = pointers(arena, environment);
      restore(inheritance, arena);
      int _ = (int) execve.invokeExact(state, file, words, variables);
      if ((int) ERRNO.get(state, 0L) == ENOEXEC) {
        MemorySegment shell = arena.allocateFrom(SHELL);
        MemorySegment script = pointers(arena, script(path, arguments));
        int _ = (int) execve.invokeExact(state, shell, script, variables);
      }
      throw new PosixException(
          path + " could not be started: " + describe((int) ERRNO.get(state, 0L), arena));
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * A JVM handles some signals, and what is handled becomes the default at execve; the thread that
   * calls blocks SIGQUIT, which would be inherited. SIGSEGV is ignored last: the JVM lives by it.
   */
  private static void restore(Inheritance inheritance, Arena arena) throws Throwable {
    if (inheritance.directory().isPresent()) {
      MethodHandle fchdir = call("fchdir", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
      int _ = (int) fchdir.invokeExact(inheritance.directory().getAsInt());
    }
    MethodHandle mask =
        call("sigprocmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    MemorySegment blocked = arena.allocate(SIGSET_BYTES);
    blocked.set(JAVA_LONG, 0, inheritance.blocked());
    int _ = (int) mask.invokeExact(SIG_SETMASK, blocked, MemorySegment.NULL);
    MethodHandle disposition = call("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
    long ignored = inheritance.ignored().orElse(0);
    for (int signal = Long.SIZE; signal > 0; signal--) {
      if (((ignored >>> (signal - 1)) & 1) != 0 && signal != SIGSEGV) {
        MemorySegment _ = (MemorySegment) disposition.invokeExact(signal, SIG_IGN);
      }
    }
    if (((ignored >>> (SIGSEGV - 1)) & 1) != 0) {
      MemorySegment _ = (MemorySegment) disposition.invokeExact(SIGSEGV, SIG_IGN);
    }
  }

  /**
   * What a call says that failed.
   *
   * @param what what was tried
   * @param state where errno was captured
   */
  static PosixException failure(String what, MemorySegment state) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      return new PosixException(what + ": " + describe((int) ERRNO.get(state, 0L), arena));
    }
  }

  private static List<byte[]> script(String path, List<byte[]> arguments) {
    List<byte[]> words = new ArrayList<>();
    words.add(SHELL.getBytes(StandardCharsets.UTF_8));
    words.add(path.getBytes(StandardCharsets.UTF_8));
    words.addAll(arguments.subList(1, arguments.size()));
    return words;
  }

  private static String describe(int errno, Arena arena) throws Throwable {
    MethodHandle strerror = call("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    MemorySegment text = (MemorySegment) strerror.invokeExact(errno);
    return text.reinterpret(256, arena, null).getString(0);
  }

  /** A null-terminated array of C strings. */
  private static MemorySegment pointers(Arena arena, List<byte[]> strings) {
    MemorySegment array = arena.allocate(ADDRESS, strings.size() + 1L);
    for (int i = 0; i < strings.size(); i++) {
      array.setAtIndex(ADDRESS, i, string(arena, strings.get(i)));
    }
    return array;
  }

  private static MemorySegment string(Arena arena, byte[] text) {
    MemorySegment copy = arena.allocate(text.length + 1L);
    MemorySegment.copy(text, 0, copy, JAVA_BYTE, 0, text.length);
    return copy;
  }

  /** Marks descriptors so that no child or successor inherits them. */
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
   * Starts a child, or a script as {@link #exec} does, in a process group of its own, with no
   * signal blocked or ignored, standard input from /dev/null and both outputs appended to a file.
   *
   * @return its pid, which is its process group too
   * @throws PosixException if it cannot be started
   */
  public static int spawn(
      String path, List<byte[]> arguments, List<byte[]> environment, String output)
      throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      return spawn(
          path,
          arguments,
          environment,
          fileActions(arena, output),
          attributes(arena, SPAWN_SETPGROUP),
          arena);
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * Starts a child in a session of its own, with no signal blocked or ignored, standard input from
   * the reading end of a pipe and both outputs to /dev/null. A signal to this process's group or
   * from its terminal does not reach it.
   *
   * @param input the descriptor of the pipe's reading end
   * @return its pid
   * @throws PosixException if it cannot be started
   */
  static int spawnApart(String path, List<byte[]> arguments, List<byte[]> environment, int input)
      throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment actions = fileActions(arena, "/dev/null");
      int _ =
          (int)
              call(
                      "posix_spawn_file_actions_adddup2",
                      FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT))
                  .invokeExact(actions, input, 0);
      return spawn(path, arguments, environment, actions, attributes(arena, SPAWN_SETSID), arena);
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static int spawn(
      String path,
      List<byte[]> arguments,
      List<byte[]> environment,
      MemorySegment actions,
      MemorySegment attributes,
      Arena arena)
      throws Throwable {
    MemorySegment pid = arena.allocate(JAVA_INT);
    FunctionDescriptor type =
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    MethodHandle spawn = call("posix_spawn", type);
    MemorySegment file = arena.allocateFrom(path);
    MemorySegment words = pointers(arena, arguments);
    MemorySegment variables = pointers(arena, environment);
    int error = (int) spawn.invokeExact(pid, file, actions, attributes, words, variables);
    if (error == ENOEXEC) {
      file = arena.allocateFrom(SHELL);
      words = pointers(arena, script(path, arguments));
      error = (int) spawn.invokeExact(pid, file, actions, attributes, words, variables);
    }
    if (error != 0) {
      throw new PosixException(path + " could not be started: " + describe(error, arena));
    }
    return pid.get(JAVA_INT, 0);
  }

  /**
   * Opens a pipe whose ends no other process inherits.
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
        throw failure("no pipe", state);
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
   * Makes this process the parent of every descendant whose parent ends, as init is elsewhere
   * (prctl(2), PR_SET_CHILD_SUBREAPER, since Linux 3.4). Those that end must be collected.
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

  private static MemorySegment fileActions(Arena arena, String output) throws Throwable {
    MemorySegment actions = arena.allocate(SPAWN_STRUCT_BYTES);
    FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    int _ = (int) call("posix_spawn_file_actions_init", one).invokeExact(actions);
    MethodHandle open =
        call(
            "posix_spawn_file_actions_addopen",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    int _ = (int) open.invokeExact(actions, 0, arena.allocateFrom("/dev/null"), O_RDONLY, 0);
    int _ =
        (int)
            open.invokeExact(
                actions, 1, arena.allocateFrom(output), O_WRONLY_CREAT_APPEND, /* mode */ 0600);
    MethodHandle duplicate =
        call(
            "posix_spawn_file_actions_adddup2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    int _ = (int) duplicate.invokeExact(actions, 1, 2);
    return actions;
  }

  private static MemorySegment attributes(Arena arena, short place) throws Throwable {
    MemorySegment attributes = arena.allocate(SPAWN_STRUCT_BYTES);
    FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    FunctionDescriptor two = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
    int _ = (int) call("posix_spawnattr_init", one).invokeExact(attributes);
    MemorySegment none = arena.allocate(SIGSET_BYTES);
    MemorySegment all = arena.allocate(SIGSET_BYTES);
    int _ = (int) call("sigfillset", one).invokeExact(all);
    int _ = (int) call("posix_spawnattr_setsigmask", two).invokeExact(attributes, none);
    int _ = (int) call("posix_spawnattr_setsigdefault", two).invokeExact(attributes, all);
    int _ =
        (int)
            call("posix_spawnattr_setpgroup", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT))
                .invokeExact(attributes, 0);
    int _ =
        (int)
            call("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT))
                .invokeExact(attributes, (short) (place | SPAWN_SETSIGDEF | SPAWN_SETSIGMASK));
    return attributes;
  }

  /**
   * Waits for a child to end and reads what it and the descendants it waited for have cost.
   *
   * @return the wait status and the kernel's account
   */
  public static Ended await(int pid) {
    return await(pid, 0).orElseThrow();
  }

  /**
   * Collects a child that has ended.
   *
   * @param pid a child of this process
   * @return what {@link #await} returns; empty if it has not ended, or is not a child of this
   *     process
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
      } while (done == -1 && (int) ERRNO.get(state, 0L) == 4 /* EINTR */);
      if (done == pid) {
        return Optional.of(new Ended(status.get(JAVA_INT, 0), ResourceUsage.read(usage)));
      }
      if (options == WNOHANG) {
        return Optional.empty();
      }
      throw new IllegalStateException(
          "wait4(" + pid + "): " + describe((int) ERRNO.get(state, 0L), arena));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * How a child ended.
   *
   * @param status as wait(2) gives it
   * @param usage the kernel's account
   */
  public record Ended(int status, ResourceUsage usage) {
    /** The exit code, or 128 + the signal's number as shells say it. */
    public int exitCode() {
      int signal = status & 0x7f;
      return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }
  }

  /** Sends a signal to a process; one that is gone is not an error. */
  public static void kill(long pid, int signal) {
    signal((int) pid, signal);
  }

  /** Sends a signal to every process of a group; a group that is gone is not an error. */
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

  /** Held apart, because it is asked several times a sample. */
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

  /** Whether a file carries capabilities(7); false where the file system has none. */
  public static boolean hasCapabilities(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      FunctionDescriptor type =
          FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
      long size =
          (long)
              call("getxattr", type)
                  .invokeExact(
                      arena.allocateFrom(file.toString()),
                      arena.allocateFrom("security.capability"),
                      MemorySegment.NULL,
                      0L);
      return size > 0;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** glibc's version as gnu_get_libc_version(3) tells it; empty under another C library. */
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
