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
 * Where a named file really is, found link by link, so that nobody else chooses where it is.
 *
 * <p>A link is followed as Linux does with {@code fs.protected_symlinks}, for every link on the way
 * and whatever the machine's setting: not in a directory that others may write to, unless the link
 * is this user's or the directory's owner's. Root follows only root's links: another user's would
 * lend root's rights to that user. An existing file of somebody else in such a directory is not
 * written either ({@code fs.protected_regular}, {@code fs.protected_fifos}; see proc_sys_fs(5)).
 *
 * @param path without links but those of the kernel in {@code /proc}
 * @param descriptor whether it names an open descriptor of a process, as {@code /dev/stdout} does
 */
record Place(Path path, boolean descriptor) {
  private static final int MOST_LINKS = 40;

  /** proc(5): the links there whose text is not where they lead. */
  private static final Pattern KERNELS =
      Pattern.compile("/proc/[^/]+(/task/[^/]+)?/(root|cwd|exe|(fd|map_files|ns)/[^/]+)");

  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITES_STICKY = 01020;

  /** The effective user; -1 where there is no /proc. */
  static final int USER = (int) OwnPlace.thisUser();

  /**
   * Finds it.
   *
   * @throws OutputException if the way there is not to be trusted, or a directory on it is missing
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
        place = next; // /proc/PID/root: its text is not where it leads
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

  /** A link of the kernel in /proc/PID, which leads to an open file or directory of a process. */
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
   * @return its attributes, null if there is none
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
   * Type, permissions and owner of a directory entry, as lstat(2) says them.
   *
   * @param mode the bits of inode(7)
   * @param user the owner's number
   */
  record Owned(int mode, int user) {
    private static final int TYPE = 0170000;
    private static final int LINK = 0120000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;

    /** Returns null if there is no such entry. */
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

    /** Whether users other than its owner may put entries into this directory. */
    boolean isShared() {
      return (mode & OTHERS_WRITE) != 0 || (mode & GROUP_WRITES_STICKY) == GROUP_WRITES_STICKY;
    }

    /** Whether only the owner, and root, may exchange an entry of this directory. */
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
