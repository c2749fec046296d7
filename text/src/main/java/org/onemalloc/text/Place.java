package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The actual location of a file. Its path is resolved link by link, so that no other user can
 * redirect it.
 *
 * <p>Links are followed by the rules of {@code fs.protected_symlinks} of Linux, for every link of
 * the path and regardless of the setting of the machine: a link in a directory that others may
 * write to is followed only if it belongs to this user, to root, or to the owner of the directory.
 * Root follows only links of root, because a link of another user would lend the rights of root to
 * that user. An existing file of another user in such a directory is not written either ({@code
 * fs.protected_regular}, {@code fs.protected_fifos}; see proc_sys_fs(5)).
 *
 * @param path the path, without links other than those of the kernel in {@code /proc}
 * @param descriptor whether the path names an open descriptor of a process, as {@code /dev/stdout}
 *     does
 */
record Place(Path path, boolean descriptor) {
  private static final int MOST_LINKS = 40;

  /** The links in /proc whose text is not their target; see proc(5). */
  private static final Pattern KERNELS =
      Pattern.compile("/proc/[^/]+(/task/[^/]+)?/(root|cwd|exe|(fd|map_files|ns)/[^/]+)");

  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITES_STICKY = 01020;

  /** The effective user; -1 if there is no /proc. */
  static final int USER = (int) OwnPlace.thisUser();

  /**
   * Returns the location of a file.
   *
   * @throws OutputException if a link of the path cannot be trusted, or a directory of the path is
   *     missing
   */
  static Place of(Path named) throws IOException {
    Path place = named.toAbsolutePath().getRoot();
    Deque<Path> rest = new ArrayDeque<>();
    named.toAbsolutePath().forEach(rest::add);
    for (int links = 0; !rest.isEmpty(); ) {
      String name = rest.pop().toString();
      if (name.equals("..")) {
        place = place.getParent() == null ? place : place.getParent();
      }
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        continue;
      }
      Path next = place.resolve(name);
      Owned entry = Owned.of(next);
      if (entry == null && !rest.isEmpty()) {
        throw new OutputException(
            named + " cannot be written: the directory " + next + " does not exist.");
      }
      if (entry == null || !entry.isLink()) {
        place = next;
        continue;
      }
      Path target = Files.readSymbolicLink(next);
      requireTrusted(named, next, entry, Owned.of(place), target);
      if (isKernels(next)) {
        if (rest.isEmpty()) {
          return new Place(next, true);
        }
        place = next; // /proc/PID/root: its text is not its target
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new OutputException(named + " cannot be written: its links lead in a circle.");
      }
      Deque<Path> on = new ArrayDeque<>();
      target.forEach(on::add);
      on.addAll(rest);
      rest = on;
      place = target.isAbsolute() ? target.getRoot() : place;
    }
    return new Place(place, false);
  }

  /**
   * Returns whether a link is one of the kernel in /proc/PID, which refers to an open file or
   * directory of a process.
   */
  private static boolean isKernels(Path link) {
    return KERNELS.matcher(link.toString()).matches();
  }

  private static void requireTrusted(
      Path named, Path link, Owned entry, Owned directory, Path target) throws OutputException {
    boolean own = entry.user == USER || (USER != 0 && entry.user == 0);
    boolean planted =
        USER == 0 ? !own : directory.isShared() && !own && entry.user != directory.user;
    if (planted) {
      throw new OutputException(
          named
              + " is not written: "
              + link
              + " is another user's link to "
              + target
              + ". Name another file, or the place itself.");
    }
  }

  /**
   * Refuses an existing file of another user in a directory that others may write to.
   *
   * @return the attributes of the file; null if there is none
   */
  Owned existing(Path named) throws IOException {
    Owned entry = Owned.of(path);
    if (entry != null && path.getParent() != null) {
      Owned directory = Owned.of(path.getParent());
      if (directory.isShared() && entry.user != USER && entry.user != directory.user) {
        throw new OutputException(
            named
                + " is not written: it is another user's file in a directory that others may write"
                + " to. Name another file.");
      }
    }
    return entry;
  }

  /**
   * The type, permissions and owner of a directory entry, as lstat(2) returns them.
   *
   * @param mode the bits of inode(7)
   * @param user the user id of the owner
   */
  record Owned(int mode, int user) {
    private static final int TYPE = 0170000;
    private static final int LINK = 0120000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;

    /** Returns the attributes of an entry; null if there is no such entry. */
    static Owned of(Path entry) throws IOException {
      try {
        Map<String, Object> found =
            Files.readAttributes(entry, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        return new Owned((Integer) found.get("mode"), (Integer) found.get("uid"));
      } catch (NoSuchFileException e) {
        return null;
      } catch (FileSystemException e) {
        throw new OutputException(entry + " cannot be looked at: " + OutputException.why(e) + ".");
      }
    }

    boolean isLink() {
      return (mode & TYPE) == LINK;
    }

    boolean isDirectory() {
      return (mode & TYPE) == DIRECTORY;
    }

    boolean isRegular() {
      return (mode & TYPE) == REGULAR;
    }

    /** Returns whether users other than the owner may create entries in this directory. */
    boolean isShared() {
      return (mode & OTHERS_WRITE) != 0 || (mode & GROUP_WRITES_STICKY) == GROUP_WRITES_STICKY;
    }

    /** Returns whether only this user and root may replace an entry of this directory. */
    boolean keeps(Owned entry) {
      boolean owners = isOurs() && (mode & 0022) == 0;
      boolean sticky = isOurs() && (mode & 01000) != 0 && entry.isOurs();
      return owners || sticky;
    }

    private boolean isOurs() {
      return user == USER || user == 0;
    }
  }
}
