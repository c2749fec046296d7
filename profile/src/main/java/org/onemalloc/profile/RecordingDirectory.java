package org.onemalloc.profile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.TemporaryFiles;

/** The temporary directory into which the agent writes its recordings. */
final class RecordingDirectory {
  /**
   * Characters that are safe in the agent's options and in JAVA_TOOL_OPTIONS. Commas and spaces are
   * separators there.
   */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._+@=:~-]*");

  private RecordingDirectory() {}

  /** What is done in the directory. */
  interface Work<T> {
    T in(Path directory) throws IOException, InterruptedException;
  }

  /**
   * Does work in a new directory, and deletes the directory.
   *
   * @throws ProfileException if it cannot be made or written, or the work is interrupted
   */
  static <T> T use(Work<T> work) {
    Path directory = null;
    try {
      directory = create();
      return work.in(directory);
    } catch (OutputException e) {
      throw new ProfileException(e.getMessage(), e);
    } catch (IOException e) {
      throw new ProfileException(
          "The recording cannot be written to %s (%s): set TMPDIR to a directory of your own with enough room."
              .formatted(
                  directory == null ? System.getProperty("java.io.tmpdir") : directory,
                  e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProfileException("The recording was interrupted.", e);
    } finally {
      delete(directory);
    }
  }

  /**
   * Creates a directory under the first temporary directory whose path the agent's options can
   * contain.
   */
  private static Path create() throws IOException {
    Path first = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    Path parent =
        Stream.of(first, Path.of("/tmp"), Path.of("/var/tmp"))
            .filter(path -> PLAIN.matcher(path.toString()).matches() && Files.isWritable(path))
            .filter(path -> TemporaryFiles.exchangeable(path).isEmpty())
            .findFirst()
            .orElseThrow(
                () ->
                    new ProfileException(
                        "The recording cannot be written to %s: its name has characters that the profiler does not accept, or other users could replace the recording there: set TMPDIR to another directory."
                            .formatted(first)));
    return TemporaryFiles.newDirectoryIn(parent, "onemalloc-profile-");
  }

  /**
   * Deletes a directory. A failure is ignored, because the profile matters more than the disk
   * space.
   */
  private static void delete(Path directory) {
    if (directory == null) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException _) {
      return;
    }
  }
}
