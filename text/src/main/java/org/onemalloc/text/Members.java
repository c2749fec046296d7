package org.onemalloc.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The members of groups according to {@code /etc/group} and {@code /etc/passwd}. */
final class Members {
  private final List<String> groups;
  private final List<String> users;

  Members(List<String> groups, List<String> users) {
    this.groups = groups;
    this.users = users;
  }

  /**
   * Returns whether the system's files name no other member of the group with the user's own
   * number.
   *
   * @param user the user id, and the group id
   * @return false also if the files cannot be read
   */
  static boolean isAlone(long user) {
    try {
      return new Members(read("/etc/group"), read("/etc/passwd")).areOnly(user);
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> read(String file) throws IOException {
    return Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1);
  }

  boolean areOnly(long user) {
    String number = Long.toString(user);
    Set<String> own = new HashSet<>(Set.of(""));
    for (String line : users) { // passwd(5): name:password:UID:GID:...
      String[] fields = line.split(":", -1);
      if (fields.length > 3 && fields[2].equals(number)) {
        own.add(fields[0]);
      } else if (fields.length > 3 && fields[3].equals(number)) {
        return false;
      }
    }
    for (String line : groups) { // group(5): name:password:GID:names
      String[] fields = line.split(":", -1);
      if (fields.length > 3
          && fields[2].equals(number)
          && !own.containsAll(List.of(fields[3].strip().split(",", -1)))) {
        return false;
      }
    }
    return true;
  }
}
