package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.process.Posix.PosixException;

/**
 * Starts programs: in place of this process (execve(2)), or as children with signals and standard
 * descriptors that Java's ProcessBuilder cannot set (posix_spawn(3)).
 */
@SuppressWarnings("restricted")
public final class ProgramStart {
  /** {@code sizeof(sigset_t)} in glibc and musl: 1,024 bits. */
  private static final int SIGSET_BYTES = 128;

  /** errno(3): the file is not in a format that the kernel can execute. */
  private static final int ENOEXEC = 8;

  private static final String SHELL = "/bin/sh";
  private static final int SIGSEGV = 11;
  private static final MemorySegment SIG_IGN = MemorySegment.ofAddress(1);
  private static final int SIG_SETMASK = 2;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY_CREAT_APPEND = 1 | 0x40 | 0x400;

  /** The flags of a spawn attribute in glibc's spawn.h. */
  private static final short SPAWN_SETPGROUP = 0x02;

  private static final short SPAWN_SETSIGDEF = 0x04;
  private static final short SPAWN_SETSIGMASK = 0x08;
  private static final short SPAWN_SETSID = 0x80;

  /** Larger than the two structures in glibc (80 and 336 bytes) and in musl. */
  private static final int SPAWN_STRUCT_BYTES = 1024;

  private ProgramStart() {}

  /**
   * Replaces this process by a program. The process id and the descriptors that are not
   * close-on-exec stay the same, and the inherited attributes are restored. The shell runs a script
   * that names no interpreter, as in execvp(3).
   *
   * @throws PosixException if the kernel refuses; this process must then end, because its signals
   *     have been changed
   */
  public static void exec(
      String path, List<byte[]> arguments, List<byte[]> environment, Inheritance inheritance)
      throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle execve =
          Posix.call(
              "execve",
              FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
              Linker.Option.captureCallState("errno"));
      MemorySegment state = arena.allocate(Posix.CALL_STATE);
      MemorySegment file = arena.allocateFrom(path);
      MemorySegment words = pointers(arena, arguments);
      MemorySegment variables = pointers(arena, environment);
      restore(inheritance, arena);
      int _ = (int) execve.invokeExact(state, file, words, variables);
      if (Posix.errno(state) == ENOEXEC) {
        MemorySegment shell = arena.allocateFrom(SHELL);
        MemorySegment script = pointers(arena, script(path, arguments));
        int _ = (int) execve.invokeExact(state, shell, script, variables);
      }
      throw new PosixException(
          path + " could not be started: " + Posix.describe(Posix.errno(state), arena));
    } catch (PosixException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /**
   * Restores the inherited attributes. A JVM handles some signals, and execve resets a handled
   * signal to its default action. The calling thread blocks SIGQUIT, and the mask would be
   * inherited. SIGSEGV is ignored last, because the JVM depends on its handler.
   */
  private static void restore(Inheritance inheritance, Arena arena) throws Throwable {
    if (inheritance.directory().isPresent()) {
      MethodHandle fchdir = Posix.call("fchdir", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
      int _ = (int) fchdir.invokeExact(inheritance.directory().getAsInt());
    }
    MethodHandle mask =
        Posix.call("sigprocmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    MemorySegment blocked = arena.allocate(SIGSET_BYTES);
    blocked.set(JAVA_LONG, 0, inheritance.blocked());
    int _ = (int) mask.invokeExact(SIG_SETMASK, blocked, MemorySegment.NULL);
    MethodHandle disposition =
        Posix.call("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
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

  private static List<byte[]> script(String path, List<byte[]> arguments) {
    List<byte[]> words = new ArrayList<>();
    words.add(SHELL.getBytes(StandardCharsets.UTF_8));
    words.add(path.getBytes(StandardCharsets.UTF_8));
    words.addAll(arguments.subList(1, arguments.size()));
    return words;
  }

  /** Returns a null-terminated array of C strings. */
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

  /**
   * Starts a child in its own process group, with no signal blocked or ignored, standard input from
   * /dev/null, and both outputs appended to a file. A script is started as in {@link #exec}.
   *
   * @return its process id, which is also its process group
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
   * Starts a child in its own session, with no signal blocked or ignored, standard input from the
   * reading end of a pipe, and both outputs to /dev/null. Signals to this process's group or from
   * its terminal do not reach the child.
   *
   * @param input the descriptor of the pipe's reading end
   * @return its process id
   * @throws PosixException if it cannot be started
   */
  static int spawnApart(String path, List<byte[]> arguments, List<byte[]> environment, int input)
      throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment actions = fileActions(arena, "/dev/null");
      int _ =
          (int)
              Posix.call(
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
    MethodHandle spawn = Posix.call("posix_spawn", type);
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
      throw new PosixException(path + " could not be started: " + Posix.describe(error, arena));
    }
    return pid.get(JAVA_INT, 0);
  }

  private static MemorySegment fileActions(Arena arena, String output) throws Throwable {
    MemorySegment actions = arena.allocate(SPAWN_STRUCT_BYTES);
    FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    int _ = (int) Posix.call("posix_spawn_file_actions_init", one).invokeExact(actions);
    MethodHandle open =
        Posix.call(
            "posix_spawn_file_actions_addopen",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    int _ = (int) open.invokeExact(actions, 0, arena.allocateFrom("/dev/null"), O_RDONLY, 0);
    int _ =
        (int)
            open.invokeExact(
                actions, 1, arena.allocateFrom(output), O_WRONLY_CREAT_APPEND, /* mode */ 0600);
    MethodHandle duplicate =
        Posix.call(
            "posix_spawn_file_actions_adddup2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    int _ = (int) duplicate.invokeExact(actions, 1, 2);
    return actions;
  }

  private static MemorySegment attributes(Arena arena, short place) throws Throwable {
    MemorySegment attributes = arena.allocate(SPAWN_STRUCT_BYTES);
    FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    FunctionDescriptor two = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
    int _ = (int) Posix.call("posix_spawnattr_init", one).invokeExact(attributes);
    MemorySegment none = arena.allocate(SIGSET_BYTES);
    MemorySegment all = arena.allocate(SIGSET_BYTES);
    int _ = (int) Posix.call("sigfillset", one).invokeExact(all);
    int _ = (int) Posix.call("posix_spawnattr_setsigmask", two).invokeExact(attributes, none);
    int _ = (int) Posix.call("posix_spawnattr_setsigdefault", two).invokeExact(attributes, all);
    int _ =
        (int)
            Posix.call(
                    "posix_spawnattr_setpgroup", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT))
                .invokeExact(attributes, 0);
    int _ =
        (int)
            Posix.call(
                    "posix_spawnattr_setflags",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT))
                .invokeExact(attributes, (short) (place | SPAWN_SETSIGDEF | SPAWN_SETSIGMASK));
    return attributes;
  }
}
