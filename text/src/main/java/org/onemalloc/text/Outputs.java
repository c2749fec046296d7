package org.onemalloc.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that one command writes. All are opened before the work begins. After the work each
 * file is written, even if another one failed. The standard output is printed before the files are
 * written.
 *
 * <pre>{@code
 * try (Outputs outputs = new Outputs()) {
 *   AtomicFile page = outputs.open(report);   // null for a file that was not asked for
 *   AtomicFile samples = outputs.open(json);
 *   Result result = work();
 *   print(result);
 *   outputs.write(page, result::page);
 *   outputs.write(samples, result::json);
 *   outputs.finish();                         // throws with a sentence for each failure
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class Outputs implements AutoCloseable {
  private final List<AtomicFile> files = new ArrayList<>();
  private final List<OutputException> failures = new ArrayList<>();

  /** Creates an instance without files. */
  public Outputs() {}

  /**
   * Opens a file.
   *
   * @param file the file to write, or null
   * @return the open file; null if {@code file} is null
   * @throws OutputException if the file cannot be written, or was opened here before
   */
  public AtomicFile open(Path file) throws OutputException {
    if (file == null) {
      return null;
    }
    AtomicFile open = AtomicFile.open(file);
    boolean again = files.stream().anyMatch(open::isSame);
    files.add(open);
    if (again) {
      throw new OutputException(
          file + " is named for two outputs, and one would be lost: name two files.");
    }
    return open;
  }

  /**
   * Writes a file. {@link #finish} reports a failure.
   *
   * @param file a file from {@link #open}, or null to write nothing
   * @param content the text
   * @return whether the file was written
   */
  public boolean write(AtomicFile file, AtomicFile.Content content) {
    if (file == null) {
      return false;
    }
    try {
      file.write(content);
      return true;
    } catch (OutputException e) {
      failures.add(e);
      return false;
    }
  }

  /**
   * Reports the failures, if any.
   *
   * @throws OutputException if a file could not be written; the message has one line with a
   *     sentence for each such file
   */
  public void finish() throws OutputException {
    if (!failures.isEmpty()) {
      throw new OutputException(failures);
    }
  }

  /** Closes all files. */
  @Override
  public void close() {
    files.forEach(AtomicFile::close);
  }
}
