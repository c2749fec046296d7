package org.onemalloc.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that one command writes. All are opened before the work begins; after it each one is
 * tried, and one that fails keeps no other from being written. What goes to standard output is
 * printed before them.
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

  /** Begins with none. */
  public Outputs() {}

  /**
   * Opens a file.
   *
   * @param file where to, or null
   * @return the open file, null for null
   * @throws OutputException if it cannot be written
   */
  public AtomicFile open(Path file) throws OutputException {
    if (file == null) {
      return null;
    }
    AtomicFile open = AtomicFile.open(file);
    files.add(open);
    return open;
  }

  /**
   * Writes a file; a failure is kept for {@link #finish}.
   *
   * @param file one of {@link #open}, or null: nothing is written
   * @param content what to write
   * @return whether it was written
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
   * Says what failed.
   *
   * @throws OutputException if a file could not be written, with a sentence for each on a line
   */
  public void finish() throws OutputException {
    if (!failures.isEmpty()) {
      throw new OutputException(failures);
    }
  }

  /** Closes all. */
  @Override
  public void close() {
    files.forEach(AtomicFile::close);
  }
}
