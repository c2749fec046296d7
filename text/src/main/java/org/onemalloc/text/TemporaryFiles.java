package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Temporary files and directories that no other user can exchange.
 *
 * <p>They lie in the first of {@code java.io.tmpdir} (the command's {@code TMPDIR}), {@code /tmp}
 * and {@code /var/tmp} whose every ancestor belongs to this user or to root and can be written by
 * nobody else, or is sticky. A variable that another user set, as {@code sudo -E} hands it on, thus
 * chooses no place in which that user could put a file or a link under a name that is written, or
 * run, with this user's rights.
 *
 * <p>Files have mode 0600, directories 0700. Thread-safe.
 */
public final class TemporaryFiles {
  private TemporaryFiles() {}

  /**
   * Returns the directory for temporary files.
   *
   * @return an absolute path; it may be missing, or not writable, where {@code java.io.tmpdir} is
   * @throws OutputException if other users could exchange what lies in each of the candidates
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
        "There is no directory for temporary files in which only this user can exchange a file ("
            + String.join("; ", refused)
            + "): set TMPDIR to a directory of your own.");
  }

  /**
   * Returns why another user could exchange what lies in a directory.
   *
   * @param directory an absolute path
   * @return half a sentence; empty if nobody can
   */
  public static String exchangeable(Path directory) {
    try {
      return OwnPlace.exchangeable(directory, Place.USER);
    } catch (IOException e) {
      return "cannot be looked at";
    }
  }

  /**
   * Makes an empty file.
   *
   * @param prefix what its name begins with
   * @param suffix what its name ends with
   * @return its path
   * @throws OutputException if it cannot be made
   */
  public static Path newFile(String prefix, String suffix) throws OutputException {
    return made(directory -> Files.createTempFile(directory, prefix, suffix));
  }

  /**
   * Makes an empty directory.
   *
   * @param prefix what its name begins with
   * @return its path
   * @throws OutputException if it cannot be made
   */
  public static Path newDirectory(String prefix) throws OutputException {
    return made(directory -> Files.createTempDirectory(directory, prefix));
  }

  private interface Making {
    Path in(Path directory) throws IOException;
  }

  private static Path made(Making making) throws OutputException {
    Path directory = directory();
    try {
      return making.in(directory);
    } catch (IOException e) {
      throw new OutputException(
          "No temporary file can be made in %s (%s): set TMPDIR to a directory of yours with room."
              .formatted(directory, OutputException.why(e)),
          e);
    }
  }
}
