package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Creates temporary files and directories that no other user can replace.
 *
 * <p>They are in the first of {@code java.io.tmpdir} (the command's {@code TMPDIR}), {@code /tmp}
 * and {@code /var/tmp} of which every ancestor belongs to this user or to root, and is sticky or
 * not writable by other users. Therefore a variable that another user set and {@code sudo -E}
 * passed on cannot select a directory in which that user could create a file or a link that is then
 * written, or run, with the rights of this user.
 *
 * <p>Files have mode 0600, directories have mode 0700. What killed processes left is removed after
 * a day. Thread-safe.
 */
public final class TemporaryFiles {
  private TemporaryFiles() {}

  /**
   * Returns the directory for temporary files.
   *
   * @return an absolute path; the directory may be missing or not writable if {@code
   *     java.io.tmpdir} is
   * @throws OutputException if other users could replace files in each of the candidates
   */
  public static Path directory() throws OutputException {
    Set<Path> candidates = new LinkedHashSet<>();
    candidates.add(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
    candidates.addAll(List.of(Path.of("/tmp"), Path.of("/var/tmp")));
    List<String> refused = new ArrayList<>();
    for (Path candidate : candidates) {
      String why = exchangeable(candidate);
      if (why.isEmpty()) {
        return candidate;
      }
      refused.add(candidate + " " + why);
    }
    throw new OutputException(
        "There is no directory for temporary files in which only this user can replace a file ("
            + String.join("; ", refused)
            + "): set TMPDIR to a directory of your own.");
  }

  /**
   * Returns the reason why another user could replace files in a directory.
   *
   * @param directory an absolute path
   * @return a clause for a message; empty if no other user can replace them
   */
  public static String exchangeable(Path directory) {
    try {
      return Owners.ofThisProcess().exchangeable(directory);
    } catch (IOException e) {
      return "cannot be examined";
    }
  }

  /**
   * Creates an empty file.
   *
   * @param prefix the prefix of its name
   * @param suffix the suffix of its name
   * @return its path
   * @throws OutputException if the file cannot be created
   */
  public static Path newFile(String prefix, String suffix) throws OutputException {
    return made(
        directory(),
        directory -> Files.createTempFile(directory, Leftovers.marked(prefix), suffix));
  }

  /**
   * Creates an empty directory.
   *
   * @param prefix the prefix of its name
   * @return its path
   * @throws OutputException if the directory cannot be created
   */
  public static Path newDirectory(String prefix) throws OutputException {
    return newDirectoryIn(directory(), prefix);
  }

  /**
   * Creates an empty directory in a directory that the caller chose.
   *
   * @param parent an absolute path
   * @param prefix the prefix of its name
   * @return its path
   * @throws OutputException if the directory cannot be created, or another user could replace it
   */
  public static Path newDirectoryIn(Path parent, String prefix) throws OutputException {
    return made(
        parent, directory -> Files.createTempDirectory(directory, Leftovers.marked(prefix)));
  }

  /**
   * Removes a directory with all that is in it. Links are not followed.
   *
   * @param directory a directory that {@link #newDirectory} made
   * @throws IOException if a file cannot be removed
   */
  public static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private interface Making {
    Path in(Path directory) throws IOException;
  }

  private static Path made(Path directory, Making making) throws OutputException {
    try {
      Path made = making.in(directory);
      Leftovers.sweep(directory);
      String why = exchangeable(directory); // it may have been made by another user meanwhile
      if (!why.isEmpty()) {
        Files.delete(made);
        throw new OutputException(
            "No temporary file can be made in %s, which %s: set TMPDIR to a directory of your own."
                .formatted(directory, why));
      }
      return made;
    } catch (OutputException e) {
      throw e;
    } catch (IOException e) {
      throw new OutputException(
          "No temporary file can be made in %s (%s): set TMPDIR to a directory of your own with enough room."
              .formatted(directory, OutputException.why(e)),
          e);
    }
  }
}
