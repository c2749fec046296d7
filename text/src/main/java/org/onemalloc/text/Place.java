package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * The actual location of a file. Its path is resolved link by link, so that no other user can
 * redirect it.
 *
 * <p>A link is followed only if it belongs to this user or to root, wherever it is: a link of
 * another user, even of the owner of its directory, would lend that user the rights of this one.
 * This is stricter than {@code fs.protected_symlinks} of Linux. An existing file of another user in
 * a directory that others may write to is not written either ({@code fs.protected_regular}, {@code
 * fs.protected_fifos}; see proc_sys_fs(5)).
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

  private static final Owners OURS = Owners.ofThisProcess();

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
      Entry entry = look(next);
      if (entry == null && !rest.isEmpty()) {
        throw new OutputException(
            named + " cannot be written: the directory " + next + " does not exist.");
      }
      if (entry == null || !entry.isLink()) {
        place = next;
        continue;
      }
      Path target = Files.readSymbolicLink(next);
      requireTrusted(named, next, entry, target);
      if (isKernels(next)) {
        if (rest.isEmpty()) {
          return new Place(next, true);
        }
        place = next; // /proc/PID/root: its text is not its target
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new OutputException(named + " cannot be written: its symbolic links form a loop.");
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

  private static void requireTrusted(Path named, Path link, Entry entry, Path target)
      throws OutputException {
    if (!OURS.contains(entry.user())) {
      throw new OutputException(
          named
              + " is not written: "
              + link
              + " is another user's link to "
              + target
              + ". Name another file, or the target itself.");
    }
  }

  /**
   * Refuses an existing file of another user in a directory that others may write to, and another
   * user's pipe anywhere.
   *
   * @return the attributes of the file; null if there is none
   */
  Entry existing(Path named) throws IOException {
    Entry entry = look(path);
    if (entry != null && entry.isPipe() && !OURS.contains(entry.user())) {
      throw new OutputException(
          named
              + " is not written: it is another user's pipe, and opening it lasts until somebody"
              + " reads it. Name another file.");
    }
    if (entry != null && path.getParent() != null) {
      Entry directory = look(path.getParent());
      boolean known = entry.user() == OURS.user() || entry.user() == directory.user();
      if (directory.isShared() && !(known && Owners.isKnown(entry.user()))) {
        throw new OutputException(
            named
                + " is not written: it is another user's file in a directory that others may write"
                + " to. Name another file.");
      }
    }
    return entry;
  }

  private static Entry look(Path path) throws IOException {
    try {
      return Entry.of(path);
    } catch (FileSystemException e) {
      throw new OutputException(path + " cannot be examined: " + OutputException.why(e) + ".");
    }
  }

  /** Returns whether only trusted users may replace an entry of a directory. */
  static boolean isKept(Path directory, Path path) throws IOException {
    Entry above = look(directory);
    Entry entry = look(path);
    return OURS.contains(above.user())
        && (!above.isWritable(-1) || (above.isSticky() && OURS.contains(entry.user())));
  }
}
