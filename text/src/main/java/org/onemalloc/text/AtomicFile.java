package org.onemalloc.text;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A text file that a command writes at its end, opened before its work begins so that a place that
 * cannot be written is found at once.
 *
 * <p>The text is written beside the file, flushed to the disk and renamed: a reader sees the old
 * file or the new one, never half of one, also after kill -9 or a power cut. Until then nothing is
 * there beside it. A file in a directory that may not be written, and a device or a pipe, are
 * written themselves.
 *
 * <p>The file is written where its name leads through links that can be trusted (see {@link
 * OutputException} for the sentences): no link and no file that another user placed in a directory
 * such as {@code /tmp} is followed or written. Its permissions are those of the file that it
 * replaces, or what the umask leaves.
 *
 * <p>Not thread-safe.
 */
public final class AtomicFile implements AutoCloseable {
  /** What writes the text. It may be asked twice. */
  public interface Content {
    /**
     * Writes it.
     *
     * @param out where to
     * @throws IOException if it fails
     */
    void writeTo(Appendable out) throws IOException;
  }

  private final Path file; // as the user names it
  private final Path name; // in its directory
  private final Folder folder; // null: written in place
  private final FileChannel channel; // null: written beside
  private final boolean regular; // of the channel: has a length
  private final Set<PosixFilePermission> permissions; // null: as a new file

  private AtomicFile(
      Path file,
      Path name,
      Folder folder,
      FileChannel channel,
      boolean regular,
      Set<PosixFilePermission> permissions) {
    this.file = file;
    this.name = name;
    this.folder = folder;
    this.channel = channel;
    this.regular = regular;
    this.permissions = permissions;
  }

  /**
   * Opens a file for writing; what is in it stays until {@link #write(Content)}.
   *
   * @param file where to
   * @return the open file
   * @throws OutputException if it cannot be written, with the reason
   */
  public static AtomicFile open(Path file) throws OutputException {
    try {
      return opened(file);
    } catch (OutputException e) {
      throw e;
    } catch (IOException e) {
      throw new OutputException(file + " cannot be written: " + OutputException.why(e) + ".", e);
    }
  }

  private static AtomicFile opened(Path file) throws IOException {
    Place place = Place.of(file);
    Path name = place.path().getFileName();
    if (place.descriptor()) {
      return inPlace(file, name, FileChannel.open(file, StandardOpenOption.APPEND), false);
    }
    Place.Owned existing = place.existing(file);
    if (name == null || (existing != null && existing.isDirectory())) {
      throw new OutputException(file + " is a directory: name a file in it.");
    }
    if (existing != null && !existing.isRegular()) {
      return inPlace(file, name, FileChannel.open(place.path(), StandardOpenOption.WRITE), false);
    }
    if (existing != null && !Files.isWritable(place.path())) {
      throw new OutputException(file + " cannot be written: permission denied.");
    }
    Folder folder = Folder.open(place.path().getParent());
    try {
      Path probe = beside(name);
      folder.create(probe).close();
      folder.deleteIfExists(probe);
      return new AtomicFile(
          file,
          name,
          folder,
          null,
          false,
          existing == null ? null : Files.getPosixFilePermissions(place.path()));
    } catch (IOException e) {
      folder.close();
      if (existing == null) {
        throw e;
      }
      return inPlace(file, name, FileChannel.open(place.path(), StandardOpenOption.WRITE), true);
    }
  }

  private static AtomicFile inPlace(Path file, Path name, FileChannel channel, boolean regular) {
    return new AtomicFile(file, name, null, channel, regular, null);
  }

  /**
   * Opens, writes and closes a file, see {@link #open} and {@link #write(Content)}.
   *
   * @param file where to
   * @param content what to write
   * @throws OutputException if it cannot be written
   */
  public static void write(Path file, Content content) throws OutputException {
    try (AtomicFile open = open(file)) {
      open.write(content);
    }
  }

  /**
   * Writes the file, in place of what is in it. If that fails, the text is written to a new file in
   * the directory for temporary files, or the working directory, and the message says where it is.
   *
   * @param content what to write
   * @throws OutputException if the file could not be written
   */
  public void write(Content content) throws OutputException {
    try {
      if (folder == null) {
        overwrite(content);
      } else {
        writeBeside(content);
      }
    } catch (IOException e) {
      throw new OutputException(
          file + " could not be written: " + OutputException.why(e) + rescue(content), e);
    }
  }

  private void writeBeside(Content content) throws IOException {
    Path part = beside(name);
    try {
      try (FileChannel out = folder.create(part)) {
        if (permissions != null) {
          folder.permit(part, permissions);
        }
        fill(out, content);
        out.force(true);
      }
      folder.rename(part, name);
    } finally {
      folder.deleteIfExists(part);
    }
    folder.flush();
  }

  /** Cut to its new length only when it is written, so that nothing is lost to a full disk. */
  private void overwrite(Content content) throws IOException {
    if (regular) {
      channel.position(0);
    }
    fill(channel, content);
    if (regular) {
      channel.truncate(channel.position());
    }
  }

  private static void fill(FileChannel channel, Content content) throws IOException {
    BufferedWriter out =
        new BufferedWriter(
            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
    content.writeTo(out);
    out.flush();
  }

  private String rescue(Content content) {
    for (String directory : new String[] {System.getProperty("java.io.tmpdir"), "."}) {
      Path kept = null;
      try {
        kept = Files.createTempFile(Path.of(directory), "onemalloc-", "-" + name);
        try (FileChannel out = FileChannel.open(kept, StandardOpenOption.WRITE)) {
          fill(out, content);
        }
        return "; the text is in " + kept.toAbsolutePath().normalize() + ".";
      } catch (IOException e) {
        delete(kept);
      }
    }
    return ".";
  }

  private static void delete(Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // the sentence is about the report
    }
  }

  private static Path beside(Path name) {
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    return name.resolveSibling("." + name + "." + random + ".part");
  }

  /** Closes it; what is in the file stays if nothing was written. */
  @Override
  public void close() {
    try {
      if (folder != null) {
        folder.close();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // written and flushed before, or not at all
    }
  }
}
