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
 * Checks whether a directory is suitable for files that the user's programs load or trust: no other
 * user can replace the files, and the kernel maps code from them.
 */
public final class OwnPlace {
  /** The bits of {@code st_mode} (inode(7)): writable by the group or by others. */
  private static final int WRITTEN_BY_OTHERS = 0022;

  private static final int STICKY = 01000;
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  private OwnPlace() {}

  /**
   * Returns the effective user of this process.
   *
   * @return the user id; -1 if there is no /proc
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
   * Returns the reason why another user could replace a file, or an empty string. A user who can
   * write to an ancestor of the file can replace the file. In a sticky directory only the owner can
   * replace it.
   *
   * @param path an absolute path; the existing part of it is checked, both as it is and with its
   *     links resolved
   * @param userId the user who may own the ancestors, in addition to root
   * @return a clause for a message; empty if no other user can replace the file
   * @throws IOException if the attributes of a part of the path cannot be read
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
    // In a user namespace, files of root can have another owner: that of the root directory.
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
   * Returns whether a file belongs to a user and no other user can write to it.
   *
   * @param path a file; a link is not followed
   * @param userId the user
   * @return true if both conditions hold
   * @throws IOException if the attributes of the file cannot be read
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
   * noexec}, mount(8)). Returns false if this is unknown.
   *
   * @param path an absolute path without symbolic links
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

  /** Decodes a field: the kernel writes spaces, tabs, newlines and backslashes as octal numbers. */
  private static String plain(String field) {
    return ESCAPED
        .matcher(field)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 8))));
  }
}
