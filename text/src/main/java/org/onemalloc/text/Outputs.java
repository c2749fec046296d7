package org.onemalloc.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
  private final Set<Object> written = new HashSet<>();
  private final Set<Object> kept = new HashSet<>();
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
    files.add(open);
    if (!Collections.disjoint(written, open.identities())) {
      throw new OutputException(
          file + " is named for two outputs, and one would be lost: name two files.");
    }
    if (!Collections.disjoint(kept, open.identities())) {
      throw new OutputException(
          file + " is named as an output, and what is in it would be lost: name another file.");
    }
    written.addAll(open.identities());
    return open;
  }

  /**
   * Names a file that no output may replace: one that the command reads, or writes in another way.
   * To be called before {@link #open}.
   *
   * @param file the file, which need not exist
   */
  public void keep(Path file) {
    try {
      kept.addAll(AtomicFile.identities(file));
    } catch (IOException _) {
      // whoever reads or writes it reports the error
    }
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
