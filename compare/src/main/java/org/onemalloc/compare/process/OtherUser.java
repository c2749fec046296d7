package org.onemalloc.compare.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;

/**
 * Another user, of whom the kernel is asked which files that user can read.
 *
 * @param id the user id
 * @param group the group id; -1 for that of this process
 * @param groups the supplementary groups; empty for none
 */
/*
 * Design note. In Linux the rights for files belong to a thread: a new thread takes those of the
 * user, opens the file and ends. Rejected: comparing mode bits, because the kernel also looks at
 * access control lists, security modules and the user namespace; starting setpriv or su, because
 * neither is installed everywhere.
 */
@SuppressWarnings("restricted")
public record OtherUser(int id, int group, List<Integer> groups) {
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int MOST_GROUPS = 4096;

  /** The offsets of {@code pw_uid}, {@code pw_gid} and {@code gr_gid} on 64-bit Linux. */
  private static final long USER_ID = 16;

  private static final long USER_GROUP = 20;
  private static final long GROUP_ID = 16;

  private static final FunctionDescriptor BY_NAME = FunctionDescriptor.of(ADDRESS, ADDRESS);
  private static final FunctionDescriptor BY_ID = FunctionDescriptor.of(ADDRESS, JAVA_INT);

  /** Copies the list. */
  public OtherUser {
    groups = List.copyOf(groups);
  }

  /**
   * Returns the user of a name or number.
   *
   * @param user as in the arguments of setpriv(1)
   * @param group the same for the group; empty for the user's own
   * @return empty if there is no such user
   */
  public static Optional<OtherUser> of(String user, String group) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = entry("getpwnam", "getpwuid", user, arena);
      boolean known = !entry.equals(MemorySegment.NULL);
      if (!known && !isNumber(user)) {
        return Optional.empty();
      }
      MemorySegment fields = entry.reinterpret(USER_GROUP + Integer.BYTES);
      int id = known ? fields.get(JAVA_INT, USER_ID) : Integer.parseUnsignedInt(user);
      int own = known ? fields.get(JAVA_INT, USER_GROUP) : -1;
      List<Integer> groups = known ? groups(entry, own, arena) : List.of();
      return Optional.of(new OtherUser(id, group.isEmpty() ? own : id(group, own, arena), groups));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static boolean isNumber(String word) {
    return word.matches("[0-9]{1,9}");
  }

  private static MemorySegment entry(String byName, String byId, String word, Arena arena)
      throws Throwable {
    MemorySegment named =
        (MemorySegment) Posix.call(byName, BY_NAME).invokeExact(arena.allocateFrom(word));
    return named.equals(MemorySegment.NULL) && isNumber(word)
        ? (MemorySegment) Posix.call(byId, BY_ID).invokeExact(Integer.parseInt(word))
        : named;
  }

  private static int id(String group, int otherwise, Arena arena) throws Throwable {
    MemorySegment entry = entry("getgrnam", "getgrgid", group, arena);
    if (!entry.equals(MemorySegment.NULL)) {
      return entry.reinterpret(GROUP_ID + Integer.BYTES).get(JAVA_INT, GROUP_ID);
    }
    return isNumber(group) ? Integer.parseInt(group) : otherwise;
  }

  private static List<Integer> groups(MemorySegment entry, int own, Arena arena) throws Throwable {
    MemorySegment name = entry.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
    MemorySegment count = arena.allocateFrom(JAVA_INT, MOST_GROUPS);
    MemorySegment list = arena.allocate(JAVA_INT, MOST_GROUPS);
    int found =
        (int)
            Posix.call(
                    "getgrouplist",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS))
                .invokeExact(name, own, list, count);
    return Arrays.stream(list.toArray(JAVA_INT)).limit(Math.max(found, 0)).boxed().toList();
  }

  /**
   * Returns whether this user cannot read a file.
   *
   * @return false also if this process may not take the user's rights, so that it is not known
   */
  public boolean cannotRead(Path file) {
    FutureTask<Boolean> asked = new FutureTask<>(() -> isRefused(file));
    Thread.ofPlatform().start(asked);
    try {
      return asked.get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens the file with the rights of the user, which the thread keeps. */
  private boolean isRefused(Path file) throws Exception {
    MethodHandle user = Posix.call("setfsuid", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    MethodHandle ownGroup = Posix.call("setfsgid", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    MethodHandle open =
        Posix.call(
            "open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(file.toString());
      setGroups(arena);
      if (group != -1) {
        int _ = (int) ownGroup.invokeExact(group);
      }
      int _ = (int) user.invokeExact(id);
      if ((int) user.invokeExact(-1) != id) {
        return false;
      }
      int descriptor = (int) open.invokeExact(path, O_RDONLY | O_CLOEXEC);
      if (descriptor >= 0) {
        Posix.close(descriptor);
      }
      return descriptor < 0;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** The function of glibc would change the groups of all threads; the system call does not. */
  private void setGroups(Arena arena) throws Throwable {
    long number =
        switch (System.getProperty("os.arch")) {
          case "amd64" -> 116;
          case "aarch64" -> 159;
          default -> -1;
        };
    MethodHandle call =
        Posix.call(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
            Linker.Option.firstVariadicArg(1));
    MemorySegment list =
        groups.isEmpty()
            ? MemorySegment.NULL
            : arena.allocateFrom(JAVA_INT, groups.stream().mapToInt(each -> each).toArray());
    long _ = (long) call.invokeExact(number, (long) groups.size(), list);
  }
}
