package org.onemalloc.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges whether a directory may contain what the user's programs load or trust: no other user can
 * replace it, and the kernel maps code from it.
 */
public final class OwnPlace {
  /** The bits of {@code st_mode} (inode(7)): written by the group or by others; sticky. */
  private static final int WRITTEN_BY_OTHERS = 0022;

  private static final int STICKY = 01000;
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  private OwnPlace() {}

  /**
   * Returns the effective user of this process.
   *
   * @return the user's number; -1 where there is no /proc
   */
  public static long thisUser() {
    // The owner of /proc/self is root if the process is not dumpable.
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Uid:")) {
          return Long.parseLong(line.split("\\s+", -1)[2]);
        }
      }
      return -1;
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  /**
   * Returns why another user could replace a file, or nothing. A user who can write to one of its
   * ancestors can replace it; in a sticky directory only the owner can.
   *
   * @param path absolute; the part of it that exists is judged, by its own name and by where its
   *     links lead
   * @param userId who may own the ancestors, beside root
   * @return half a sentence; empty if nobody can
   * @throws IOException if a part of the path cannot be looked at
   */
  public static String exchangeable(Path path, long userId) throws IOException {
    Path existing = path;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      existing = existing.getParent();
    }
    String named = judge(existing, userId);
    return named.isEmpty() ? judge(existing.toRealPath(), userId) : named;
  }

  private static String judge(Path path, long userId) throws IOException {
    // In a user namespace root's files show another owner, which is then that of the root
    // directory.
    long root = number(attributes(path.getRoot()), "uid");
    Path at = path.getRoot();
    for (int i = 0; i <= path.getNameCount(); i++) {
      at = i == 0 ? at : at.resolve(path.getName(i - 1));
      Map<String, Object> attributes = attributes(at);
      long owner = number(attributes, "uid");
      if (owner != userId && owner != 0 && owner != root) {
        return "lies below %s, which belongs to the user with the id %d".formatted(at, owner);
      }
      long mode = number(attributes, "mode");
      boolean open = (mode & WRITTEN_BY_OTHERS) != 0 && (mode & STICKY) == 0;
      if (open && !Files.isSymbolicLink(at)) {
        return "lies below " + at + ", which other users can write";
      }
    }
    return "";
  }

  private static Map<String, Object> attributes(Path path) throws IOException {
    return Files.readAttributes(path, "unix:uid,mode,isRegularFile", LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Returns whether a file is this user's and nobody else can write it.
   *
   * @param path a file; a link is not followed
   * @param userId the user
   * @return true if it is
   * @throws IOException if it cannot be looked at
   */
  public static boolean isOnlyOurs(Path path, long userId) throws IOException {
    Map<String, Object> attributes = attributes(path);
    return number(attributes, "uid") == userId
        && (number(attributes, "mode") & WRITTEN_BY_OTHERS) == 0;
  }

  private static long number(Map<String, Object> attributes, String name) {
    return ((Number) attributes.get(name)).longValue();
  }

  /**
   * Returns whether the file system is mounted so that no code can be mapped from it ({@code
   * noexec}, mount(8)). Returns false if that is not known.
   *
   * @param path absolute and without symbolic links
   * @return true if no code can be mapped from it
   */
  public static boolean isWithoutExecution(Path path) {
    boolean without = false;
    int longest = -1;
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
        // proc_pid_mountinfo(5): the mount point is the fifth field, its options are the sixth.
        String[] fields = line.split(" ", 7);
        Path point = Path.of(plain(fields[4]));
        if (point.getNameCount() >= longest && path.startsWith(point)) {
          longest = point.getNameCount();
          without = ("," + fields[5] + ",").contains(",noexec,");
        }
      }
    } catch (IOException | RuntimeException e) {
      // There is no /proc, or a mount point cannot be named in this locale.
      return false;
    }
    return without;
  }

  /** The kernel writes a space, a tab, a line end and a backslash as octal numbers. */
  private static String plain(String field) {
    return ESCAPED
        .matcher(field)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 8))));
  }
}
