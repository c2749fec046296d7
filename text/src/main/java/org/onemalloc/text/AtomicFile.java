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
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A text file that a command writes when its work is done. It is opened before the work begins, so
 * that a file that cannot be written is reported at once.
 *
 * <p>The text is written to a temporary file in the same directory, flushed to the disk and
 * renamed. A reader sees the old file or the new one, never a part of one, even after kill -9 or a
 * power cut. The temporary file exists only while the text is written. An existing file is
 * overwritten in place if no file with its rights can be created in the directory, or if it is a
 * mount point. A device or a pipe is written directly.
 *
 * <p>Symbolic links are followed only if they can be trusted: a link or a file that another user
 * placed in a directory such as {@code /tmp} is neither followed nor written (see {@code Place}). A
 * replaced file keeps its owner, permissions and extended attributes (see {@code Replaced}); a new
 * file gets the permissions that the umask allows.
 *
 * <p>Not thread-safe.
 */
public final class AtomicFile implements AutoCloseable {
  /** Writes the text of a file. It is called again if the file cannot be written. */
  public interface Content {
    /**
     * Writes the text.
     *
     * @param out the destination of the text
     * @throws IOException if the text cannot be written
     */
    void writeTo(Appendable out) throws IOException;
  }

  private static final int LONGEST_NAME = 40;

  /** A directory in which a text is kept that could not be written. */
  private interface Directory {
    Path find() throws IOException;
  }

  private final Path file; // the path as given by the user
  private final Path name; // the name in its directory, links resolved
  private final Folder folder; // its directory; null if the file is written in place
  private final FileChannel channel; // the file itself; null if it is replaced
  private final boolean regular; // whether the channel is of a regular file, which has a length
  private final Replaced replaced; // null if there was no file, or it is written in place
  private Set<Object> identities = Set.of(); // of a regular file: what two paths of it share

  private AtomicFile(
      Path file,
      Path name,
      Folder folder,
      FileChannel channel,
      boolean regular,
      Replaced replaced) {
    this.file = file;
    this.name = name;
    this.folder = folder;
    this.channel = channel;
    this.regular = regular;
    this.replaced = replaced;
  }

  /**
   * Opens a file for writing. Its present content stays until {@link #write(Content)} is called.
   *
   * @param file the file to write
   * @return the open file
   * @throws OutputException if the file cannot be written; the message gives the reason
   */
  public static AtomicFile open(Path file) throws OutputException {
    try {
      AtomicFile open = opened(file);
      open.identities = open.folder != null || open.regular ? identities(file) : Set.of();
      return open;
    } catch (OutputException e) {
      throw e;
    } catch (IOException e) {
      throw new OutputException(file + " cannot be written: " + OutputException.why(e) + ".", e);
    }
  }

  /**
   * Returns what the paths of one regular file share: its number, if it exists, and its name in its
   * directory.
   *
   * @throws IOException if its directory cannot be read
   */
  static Set<Object> identities(Path file) throws IOException {
    Path place = Place.of(file).path();
    Set<Object> identities = new HashSet<>();
    if (Files.exists(place)) {
      identities.add(Files.readAttributes(place, BasicFileAttributes.class).fileKey());
    }
    Object directory = Files.readAttributes(place.getParent(), BasicFileAttributes.class).fileKey();
    identities.add(List.of(directory, place.getFileName()));
    return identities;
  }

  /**
   * Returns what this file shares with another path of it. Nothing for a device or a pipe, which
   * takes more than one text.
   */
  Set<Object> identities() {
    return identities;
  }

  private static AtomicFile opened(Path file) throws IOException {
    Place place = Place.of(file);
    Path name = place.path().getFileName();
    if (place.descriptor()) {
      return inPlace(file, name, FileChannel.open(place.path(), StandardOpenOption.APPEND), false);
    }
    Entry existing = place.existing(file);
    if (name == null || (existing != null && existing.isDirectory())) {
      throw new OutputException(file + " is a directory: name a file in it.");
    }
    if (existing != null && !existing.isRegular()) {
      try (Folder folder = Folder.open(place.path().getParent())) {
        return inPlace(file, name, folder.overwrite(name), false);
      }
    }
    Folder folder = Folder.open(place.path().getParent());
    try {
      if (existing != null) {
        return existing(file, Replaced.of(place.path()), folder);
      }
      Path probe = beside(name);
      folder.create(probe).close();
      folder.deleteIfExists(probe);
      return new AtomicFile(file, name, folder, null, false, null);
    } catch (IOException e) {
      folder.close();
      throw e;
    }
  }

  /** Opens an existing file in any case: what must not be written must not be replaced either. */
  private static AtomicFile existing(Path file, Replaced replaced, Folder folder)
      throws IOException {
    Path name = replaced.file().getFileName();
    FileChannel channel = folder.overwrite(name);
    if (replaced.isReplaceable(folder, beside(name))) {
      channel.close();
      return new AtomicFile(file, name, folder, null, false, replaced);
    }
    folder.close();
    return inPlace(file, name, channel, true);
  }

  private static AtomicFile inPlace(Path file, Path name, FileChannel channel, boolean regular) {
    return new AtomicFile(file, name, null, channel, regular, null);
  }

  /**
   * Opens, writes and closes a file; see {@link #open} and {@link #write(Content)}.
   *
   * @param file the file to write
   * @param content the text
   * @throws OutputException if the file cannot be written
   */
  public static void write(Path file, Content content) throws OutputException {
    try (AtomicFile open = open(file)) {
      open.write(content);
    }
  }

  /**
   * Writes the file and replaces its present content. If that fails, the text is written to a new
   * file in the directory for temporary files, or in the working directory, and the message of the
   * exception names the new file.
   *
   * @param content the text
   * @throws OutputException if the file could not be written
   */
  public void write(Content content) throws OutputException {
    try {
      if (folder == null) {
        overwrite(channel, regular, content);
      } else {
        writeBeside(content);
      }
    } catch (IOException e) {
      throw new OutputException(
          file + " could not be written: " + OutputException.why(e) + rescue(content), e);
    } catch (RuntimeException e) { // a fault of the text must not cost the other files of a command
      throw new OutputException(file + " could not be written, by a fault of onemalloc: " + e, e);
    }
  }

  private void writeBeside(Content content) throws IOException {
    Path part = beside(name);
    try {
      try (FileChannel out =
          replaced == null ? folder.create(part) : replaced.create(folder, part)) {
        fill(out, content);
        out.force(true);
      }
      rename(part, content);
    } finally {
      folder.deleteIfExists(part);
    }
    folder.flush();
  }

  /**
   * Renames the new file. Whether the kernel will allow this cannot be found out before: where it
   * does not, the old file is written, but not where another user could put a file there.
   */
  private void rename(Path part, Content content) throws IOException {
    try {
      folder.rename(part, name);
    } catch (IOException e) {
      if (replaced == null || !replaced.kept()) {
        throw e;
      }
      try (FileChannel old = folder.overwrite(name)) {
        overwrite(old, true, content);
      }
    }
  }

  /**
   * Writes the text over the old content and cuts the file to its new length afterwards. Cutting it
   * first would free its disk space, and on a full disk both the old and the new text could be
   * lost.
   */
  private static void overwrite(FileChannel channel, boolean regular, Content content)
      throws IOException {
    if (regular) {
      channel.position(0);
    }
    fill(channel, content);
    if (regular) {
      channel.truncate(channel.position());
      long size = channel.size();
      if (size == 0 || size != channel.position()) { // a file of /proc or /sys; no text is empty
        throw new IOException("it does not keep what is written");
      }
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
    for (Directory directory : new Directory[] {TemporaryFiles::directory, () -> Path.of(".")}) {
      try {
        Path parent = directory.find().toRealPath();
        Path kept = Path.of("onemalloc-" + random() + "-" + shortened(name));
        try (Folder place = Folder.open(parent)) {
          keep(place, kept, content);
        }
        return "; the text is in " + parent.resolve(kept) + ".";
      } catch (IOException e) {
        // The exception is about the file itself. The next directory may have room.
      }
    }
    return ".";
  }

  private static void keep(Folder place, Path kept, Content content) throws IOException {
    try (FileChannel out = place.createPrivate(kept)) {
      fill(out, content);
    } catch (IOException e) {
      place.deleteIfExists(kept);
      throw e;
    }
  }

  private static Path beside(Path name) {
    return name.resolveSibling("." + shortened(name) + "." + random() + ".part");
  }

  private static String random() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /**
   * Shortens a name: file systems allow names of 255 bytes, and a character has at most 4 bytes.
   */
  private static String shortened(Path name) {
    String text = name.toString();
    return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME);
  }

  /** Closes the file. If nothing was written, the file keeps its content. */
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
      // Ignored: the text was already flushed, or nothing was written.
    }
  }
}
