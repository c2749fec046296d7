package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The users who are trusted with files: root and one other user.
 *
 * <p>A path is judged from the root directory on, one entry and one link after the other. Each
 * directory on the way belongs to a trusted user and cannot be written by others, or is sticky
 * (then only the owner of an entry, who is judged next, can replace it). So no other user can
 * change what was judged, and the path can be used afterwards as safely as an open descriptor. A
 * path whose end is missing must be judged again after the end was made.
 *
 * @param user the id of the other user; 0 to trust only root
 * @param group a group that only this user is in; -1 for none
 */
public record Owners(long user, long group) {
  private static final int MOST_LINKS = 40;
  private static final long NONE = -1;

  /** The id that the kernel shows for all users whom the user namespace does not know. */
  private static final long UNKNOWN = unknown();

  /** Root alone. */
  public static final Owners ROOT = new Owners(0, NONE);

  /**
   * Returns root and one other user.
   *
   * @param user the id of the other user
   * @return the trusted users
   */
  public static Owners of(long user) {
    return new Owners(user, NONE);
  }

  /**
   * Returns root and the user of this process.
   *
   * @return the trusted users
   */
  public static Owners ofThisProcess() {
    return of(OwnPlace.thisUser());
  }

  /**
   * Returns root and the user of this process, and trusts the user with a group whose number is the
   * user's own, if the system's files name no other member. Many systems give each user such a
   * group and a umask that lets it write (pam_umask(8), {@code usergroups}).
   *
   * @return the trusted users
   */
  public static Owners withOwnGroup() {
    long user = OwnPlace.thisUser();
    boolean own = user != 0 && OwnPlace.thisGroup() == user && Members.isAlone(user);
    return new Owners(user, own ? user : NONE);
  }

  /**
   * Returns whether a file belongs to a trusted user.
   *
   * @param owner the owner of the file, as the kernel shows it
   * @return false also if the kernel shows the same owner for files of unknown users
   */
  public boolean contains(long owner) {
    return (owner == 0 || owner == user) && isKnown(owner);
  }

  /**
   * Returns whether an id denotes one user: see user_namespaces(7), "Unmapped user and group IDs".
   */
  static boolean isKnown(long owner) {
    return owner != UNKNOWN;
  }

  /**
   * Returns the reason why another user could replace what a path leads to.
   *
   * @param path an absolute path; its missing end is ignored
   * @return a clause for a message; empty if no other user can
   * @throws IOException if the attributes of a part of the path cannot be read
   */
  public String exchangeable(Path path) throws IOException {
    return judge(path, true);
  }

  /**
   * Returns the reason why another user could replace what a path leads to, or put something there
   * after it was removed: a sticky directory does not prevent that.
   *
   * @param path an absolute path; its missing end is ignored
   * @return a clause for a message; empty if no other user can
   * @throws IOException if the attributes of a part of the path cannot be read
   */
  public String obtainable(Path path) throws IOException {
    return judge(path, false);
  }

  /**
   * Returns the reason why another user could write a file, or create entries in a directory.
   *
   * @param path a file or a directory, judged without its ancestors; a link is not followed
   * @return a clause for a message; empty if no other user can, or if nothing is there
   * @throws IOException if the attributes cannot be read
   */
  public String writable(Path path) throws IOException {
    Entry entry = Entry.of(path);
    if (entry == null) {
      return "";
    }
    if (entry.isLink()) {
      return path + " is a symbolic link, which can point to any directory";
    }
    if (!contains(entry.user())) {
      return path + " belongs to " + named(entry.user());
    }
    return othersWrite(path, entry) ? "other users can write " + path : "";
  }

  private String judge(Path path, boolean sticky) throws IOException {
    Path at = path.getRoot();
    Deque<Path> rest = new ArrayDeque<>();
    path.forEach(rest::add);
    String why = judge(at, Entry.of(at), sticky);
    for (int links = 0; why.isEmpty() && !rest.isEmpty(); ) {
      Path next = at.resolve(rest.pop()).normalize(); // there is no link in it before its end
      Entry entry = Entry.of(next);
      if (entry == null) {
        return "";
      }
      why = judge(next, entry, sticky);
      if (entry.isLink()) {
        if (++links > MOST_LINKS) {
          return "has symbolic links that form a loop";
        }
        Path target = Files.readSymbolicLink(next);
        Deque<Path> on = new ArrayDeque<>();
        target.forEach(on::add);
        on.addAll(rest);
        rest = on;
        at = target.isAbsolute() ? target.getRoot() : at;
      } else if (entry.isDirectory()) {
        at = next;
      } else {
        return why; // what follows the name of a file is missing
      }
    }
    return why;
  }

  private String judge(Path at, Entry entry, boolean sticky) {
    // Whoever owns the root directory decides what every program of this process loads.
    if (at.getNameCount() > 0 && !contains(entry.user())) {
      return "lies below %s, which belongs to %s".formatted(at, named(entry.user()));
    }
    return othersWrite(at, entry) && !(sticky && entry.isSticky())
        ? "lies below " + at + ", which other users can write"
        : "";
  }

  private boolean othersWrite(Path at, Entry entry) {
    // The list is only asked where the own group would decide: the first native call takes time.
    return entry.isWritable(group)
        || (entry.isWritableByGroup() && ExtendedAttribute.ACCESS_LIST.isOn(at));
  }

  private static String named(long user) {
    return user == UNKNOWN
        ? "a user whom this user namespace does not know"
        : "the user with the id " + user;
  }

  /** Returns -1 if this user namespace knows all users (user_namespaces(7)). */
  private static long unknown() {
    try {
      String map = read("/proc/self/uid_map").strip();
      boolean all = map.matches("0\\s+0\\s+4294967295");
      return all ? NONE : Long.parseLong(read("/proc/sys/kernel/overflowuid").strip());
    } catch (IOException | NumberFormatException e) {
      return NONE; // There is no /proc, or a kernel without user namespaces.
    }
  }

  private static String read(String file) throws IOException {
    // Files.readString reads a file of size 0 in two steps; /proc/sys answers only the first.
    return KernelLines.of(Path.of(file)).getFirst();
  }
}
