package org.onemalloc.spark;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The file of {@code spark.onemalloc.evidence}: a line of JSON for each process, with what is known
 * of it last. It is written anew under a temporary name and renamed, so that a reader sees a whole
 * file; only a stream such as {@code /dev/stdout} is written in place. Thread-safe.
 */
final class EvidenceFile {
  /** The time between two writings that only bring newer figures. */
  private static final long REST_NANOS = 1_000_000_000L;

  private final Path file;
  private String application = "";

  /** The driver first, then the executors in the order of their numbers. */
  private final Map<String, Evidence> last =
      new TreeMap<>(
          Comparator.comparing((String id) -> !id.equals(Evidence.DRIVER))
              .thenComparingInt(String::length)
              .thenComparing(Comparator.naturalOrder()));

  private long written;
  private boolean hasFailed;

  /**
   * Creates the file in memory.
   *
   * @param file the place; an empty path for none
   */
  EvidenceFile(Path file) {
    this.file = file;
  }

  /** Sets Spark's id of the application, which is not known from the start. */
  synchronized void setApplication(String id) {
    application = id;
    write();
  }

  /** Adds evidence, and writes the file if it says something new, or has not for a second. */
  synchronized void add(Evidence evidence) {
    Evidence before = last.put(evidence.id(), evidence);
    boolean isNews =
        before == null
            || before.pid() != evidence.pid()
            || before.proven() != evidence.proven()
            || !before.provider().equals(evidence.provider());
    if (isNews || System.nanoTime() - written > REST_NANOS) {
      write();
    }
  }

  /**
   * Returns whether it is written in place: a terminal, {@code /dev/stdout}, {@code /dev/null}.
   *
   * @throws IOException if it can be neither replaced nor written in place
   */
  private boolean isStream() throws IOException {
    if (!Files.exists(file) || Files.isRegularFile(file)) {
      return false;
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a directory");
    }
    Path place = file.toAbsolutePath().normalize();
    if (!place.startsWith("/dev") && !place.startsWith("/proc")) {
      // A pipe without a reader would stop the application.
      throw new FileSystemException(file.toString(), null, "it is not a regular file");
    }
    return true;
  }

  /**
   * Replaces the file. The temporary file has a name that nobody can foresee, and is created by
   * this call, so that a link which another user has put there is not followed.
   */
  private void replace(CharSequence lines) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + "-" + UUID.randomUUID());
    try {
      Files.writeString(temporary, lines, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Writes the file. A failure is reported once, and does not end the application. */
  synchronized void write() {
    if (file.toString().isEmpty() || last.isEmpty()) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    last.values().forEach(each -> lines.append(each.json(application)).append('\n'));
    try {
      if (isStream()) {
        Files.writeString(file, lines, StandardOpenOption.WRITE);
      } else {
        replace(lines);
      }
      written = System.nanoTime();
    } catch (IOException e) {
      if (!hasFailed) {
        hasFailed = true;
        System.err.println(
            "onemalloc: the evidence cannot be written to " + file + " (" + e + ").");
      }
    }
  }
}
