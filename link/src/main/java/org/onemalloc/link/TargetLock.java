package org.onemalloc.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock on a directory, held while files below it are changed. Builds link several programs at
 * once, and these share a library, its record and the names of unfinished files.
 *
 * <p>The lock is taken by flock(2) on the directory itself, so a killed process leaves no lock. A
 * directory is not locked if this user has no right to, or if the file system has no locks.
 */
@SuppressWarnings("restricted")
final class TargetLock implements AutoCloseable {
  /** Does not wait at a pipe that another user put there; what it is is checked later. */
  private static final int O_RDONLY_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

  private static final int LOCK_EX_NB = 2 | 4;

  /**
   * The time to wait: much longer than a link takes. Any user who can read the directory can lock
   * it.
   */
  private static final int SECONDS = 60;

  private static final long PAUSE_NANOS = 20_000_000;
  private static final int EWOULDBLOCK = 11;

  private static final Linker LINKER = Linker.nativeLinker();

  private final int descriptor;

  private TargetLock(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Waits for the lock on a directory and takes it.
   *
   * @param directory the directory to lock
   * @throws LinkException if another process does not release the lock in time
   */
  static TargetLock of(Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      var state = arena.allocate(Linker.Option.captureStateLayout());
      int descriptor =
          (int)
              call(
                      "open",
                      FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                      Linker.Option.firstVariadicArg(2))
                  .invokeExact(arena.allocateFrom(directory.toString()), O_RDONLY_CLOEXEC_NONBLOCK);
      TargetLock lock = new TargetLock(descriptor);
      MethodHandle flock =
          call(
              "flock",
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT),
              Linker.Option.captureCallState("errno"));
      long end = System.nanoTime() + SECONDS * 1_000_000_000L;
      while (descriptor >= 0 && (int) flock.invokeExact(state, descriptor, LOCK_EX_NB) != 0) {
        if (state.get(JAVA_INT, 0) != EWOULDBLOCK) {
          return lock;
        }
        if (System.nanoTime() > end) {
          lock.close();
          throw LinkException.unusable(
              "%s is locked by another process (see lslocks or /proc/locks): end it, or wait until it has ended."
                  .formatted(directory));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      return lock;
    } catch (LinkException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("open or flock is declared wrongly", e);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
  }

  @Override
  public void close() {
    try {
      if (descriptor >= 0) {
        int _ =
            (int) call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT)).invokeExact(descriptor);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("close is declared wrongly", e);
    }
  }
}
