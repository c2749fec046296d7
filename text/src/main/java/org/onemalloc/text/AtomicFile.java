package org.onemalloc.text;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A text file written beside its place, flushed to the disk, then renamed: a reader sees the old
 * file or the new one, never half of one, also when the machine stops in between.
 */
public final class AtomicFile {
  /** What writes the text. */
  public interface Content {
    /**
     * Writes it.
     *
     * @param out where to
     * @throws IOException if it fails
     */
    void writeTo(Appendable out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes a file as UTF-8, readable as a new file is under the usual umask.
   *
   * @param file where to; a link is followed
   * @param content what to write
   * @throws IOException if it cannot be written, named in the message
   */
  public static void write(Path file, Content content) throws IOException {
    Path place = file.toAbsolutePath();
    if (Files.isSymbolicLink(place)) {
      place = place.toRealPath();
    }
    if (Files.isDirectory(place)) {
      throw new IOException(file + " is a directory: name a file in it");
    }
    if (!Files.isDirectory(place.getParent())) {
      throw new IOException(
          "cannot write " + file + ": the directory " + place.getParent() + " does not exist");
    }
    if (Files.exists(place) && !Files.isRegularFile(place)) {
      Files.writeString(place, text(content));
      return;
    }
    Path beside = Files.createTempFile(place.getParent(), "." + place.getFileName(), ".part");
    try {
      fill(beside, content);
      permit(beside, place);
      Files.move(beside, place, StandardCopyOption.ATOMIC_MOVE);
      flushDirectory(place.getParent());
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private static String text(Content content) throws IOException {
    StringBuilder text = new StringBuilder();
    content.writeTo(text);
    return text.toString();
  }

  private static void fill(Path beside, Content content) throws IOException {
    try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
      BufferedWriter out =
          new BufferedWriter(
              new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
      content.writeTo(out);
      out.flush();
      channel.force(true);
    }
  }

  /** A temporary file is private; a report is not, so it gets what the file before it had. */
  private static void permit(Path beside, Path place) throws IOException {
    if (Files.getFileStore(beside).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(
          beside,
          Files.exists(place)
              ? Files.getPosixFilePermissions(place)
              : PosixFilePermissions.fromString("rw-r--r--"));
    }
  }

  private static void flushDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
