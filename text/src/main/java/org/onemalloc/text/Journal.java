package org.onemalloc.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A file of records that only grows, one line each. A record that was appended is on the disk, also
 * after kill -9 or a power cut. What a process was writing when it ended is a line without its end,
 * or with the wrong digest, and is cut off by the next process.
 *
 * <p>Each line is 16 hexadecimal digits of the SHA-256 of the record, a space, and the record. The
 * first record is a title that says what the file is: a file that begins with anything else is not
 * touched. Only one process at a time can have the file open. It is opened with the same care for
 * links and other users as an {@link AtomicFile}.
 *
 * <p>Not thread-safe.
 */
public final class Journal implements AutoCloseable {
  private static final int DIGITS = 16;

  /** Much more than ten thousand runs need. */
  private static final long MOST_BYTES = 1L << 28;

  private final Path file; // as given by the user
  private final Folder folder;
  private final Path name;
  private final FileChannel channel;
  private final String title;
  private final boolean made;
  private List<String> records = List.of();

  private Journal(
      Path file, Folder folder, Path name, FileChannel channel, String title, boolean made) {
    this.file = file;
    this.folder = folder;
    this.name = name;
    this.channel = channel;
    this.title = title;
    this.made = made;
  }

  /**
   * Opens a journal, or makes an empty one, which {@link #close} removes if nothing was appended.
   *
   * @param file the file
   * @param title the first record, one line
   * @return the journal
   * @throws OutputException if the file cannot be written, is not such a journal, is damaged, or is
   *     open in another process; it was not changed
   */
  public static Journal open(Path file, String title) throws OutputException {
    try {
      Place place = Place.of(file);
      Path name = place.path().getFileName();
      Entry existing = place.existing(file);
      if (place.descriptor() || name == null || (existing != null && !existing.isRegular())) {
        throw new OutputException(file + " is not a regular file: name another file.");
      }
      Folder folder = Folder.open(place.path().getParent());
      FileChannel channel = null;
      try {
        channel = folder.journal(name);
        Journal journal = new Journal(file, folder, name, channel, title, existing == null);
        journal.lock();
        journal.read();
        return journal;
      } catch (IOException | RuntimeException e) {
        if (channel != null) {
          channel.close();
        }
        folder.close();
        throw e;
      }
    } catch (OutputException e) {
      throw e;
    } catch (IOException e) {
      throw new OutputException(file + " cannot be written: " + OutputException.why(e) + ".", e);
    }
  }

  private void lock() throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      locked = false;
    }
    if (!locked) {
      throw new OutputException(file + " is in use by another process: wait until it has ended.");
    }
  }

  private void read() throws IOException {
    if (channel.size() > MOST_BYTES) {
      throw notOurs();
    }
    byte[] bytes = new byte[Math.toIntExact(channel.size())];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) >= 0) {
      // the next part
    }
    byte[] first = line(title);
    int shared = Math.min(first.length, bytes.length);
    if (!Arrays.equals(bytes, 0, shared, first, 0, shared)) {
      throw notOurs();
    }
    List<String> found = new ArrayList<>();
    int whole = 0;
    int bad = 0; // the number of the first line with a wrong digest; 0 if there is none
    int number = 0;
    for (int begin = 0, end; (end = indexOfEnd(bytes, begin)) >= 0; begin = end + 1) {
      number++;
      String record = record(Arrays.copyOfRange(bytes, begin, end));
      if (record == null) {
        bad = bad == 0 ? number : bad;
      } else if (bad > 0) {
        throw new OutputException(
            "%s is damaged in line %d: remove it, or name another file.".formatted(file, bad));
      } else {
        found.add(record);
        whole = end + 1;
      }
    }
    records = List.copyOf(found.isEmpty() ? found : found.subList(1, found.size()));
    channel.truncate(whole);
    channel.position(whole);
  }

  private OutputException notOurs() {
    return new OutputException(
        file + " is another file, not \"" + title + "\": name another file, or move it away.");
  }

  private static int indexOfEnd(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Returns the record of a line; null if its digest is not right. */
  private static String record(byte[] line) {
    String text = new String(line, StandardCharsets.UTF_8);
    if (text.length() <= DIGITS) {
      return null;
    }
    String record = text.substring(DIGITS + 1);
    return Arrays.equals(line(record), 0, line.length, line, 0, line.length) ? record : null;
  }

  private static byte[] line(String record) {
    byte[] content = record.getBytes(StandardCharsets.UTF_8);
    String digest = HexFormat.of().formatHex(Sha256.digest().digest(content), 0, DIGITS / 2);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes((digest + " ").getBytes(StandardCharsets.US_ASCII));
    line.writeBytes(content);
    line.write('\n');
    return line.toByteArray();
  }

  /**
   * Returns the records that were in the file when it was opened, without the title.
   *
   * @return the records, oldest first
   */
  public List<String> records() {
    return records;
  }

  /**
   * Appends a record and waits until it is on the disk.
   *
   * @param record a text without a line feed
   * @throws OutputException if it cannot be written
   * @throws IllegalArgumentException if it contains a line feed
   */
  public void append(String record) throws OutputException {
    if (record.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("a record is one line");
    }
    try {
      boolean isNew = channel.position() == 0;
      if (isNew) {
        write(line(title));
      }
      write(line(record));
      channel.force(true);
      if (isNew) {
        folder.flush();
      }
    } catch (IOException e) {
      throw new OutputException(file + " cannot be written: " + OutputException.why(e) + ".", e);
    }
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Closes the file, and removes it if it was made here and has no record. */
  @Override
  public void close() {
    try {
      if (made && channel.isOpen() && channel.size() == 0) {
        folder.deleteIfExists(name);
      }
      channel.close();
      folder.close();
    } catch (IOException e) {
      // Ignored: every record is on the disk already.
    }
  }
}
