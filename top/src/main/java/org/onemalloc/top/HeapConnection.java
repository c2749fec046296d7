package org.onemalloc.top;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the figures of the heap in a JVM of this user from a file of onemalloc-observe. The file is
 * open in the JVM but deleted, so it is found through /proc/PID/fd. Its layout is defined by
 * observe/SharedFigures. The JVM is not attached to, no code is loaded and no port is opened;
 * writing one word in the file requests new figures. The contents of the file are untrusted and are
 * checked.
 */
final class HeapConnection {
  private static final String NAME = ".*/onemalloc-heap-[0-9]+\\.figures \\(deleted\\)";
  private static final long MAGIC = 0x6f6e656d616c6c31L; // "onemall1"
  private static final int WANTED = 8;
  private static final int VERSION = 16;
  private static final int LENGTH = 24;
  private static final int FIGURES = 32;

  /** The largest valid length, far more than the tags and threads of a program need. */
  private static final long MOST = 64 << 20;

  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final long PAUSE_NANOS = 5_000_000;

  private final long pid;

  HeapConnection(long pid) {
    this.pid = pid;
  }

  /**
   * Requests the figures and waits for them.
   *
   * @return the figures; empty if this JVM has no such file
   * @throws IOException if the JVM did not answer, or the file cannot be parsed
   */
  Optional<HeapView> read() throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    do {
      Optional<Path> file = find();
      if (file.isEmpty()) {
        return Optional.empty();
      }
      try (FileChannel figures =
          FileChannel.open(file.get(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        if (word(figures, 0) == MAGIC) {
          Optional<HeapView> view = ask(figures, end);
          if (view.isPresent()) {
            return view;
          }
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS); // the JVM is replacing the file by a larger one
    } while (System.nanoTime() < end);
    throw new IOException("it did not answer");
  }

  private Optional<Path> find() throws IOException {
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
      for (Path descriptor : descriptors) {
        if (target(descriptor).matches(NAME)) {
          return Optional.of(descriptor);
        }
      }
      return Optional.empty();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // the descriptor has been closed
    }
  }

  /** Requests the figures in one file. Returns empty if the JVM replaced the file. */
  private static Optional<HeapView> ask(FileChannel figures, long end) throws IOException {
    long before = word(figures, VERSION);
    long fresh = before + (before % 2 == 0 ? 2 : 3); // a write in progress may be too old
    figures.write(words(1), WANTED);
    while (System.nanoTime() < end) {
      long version = word(figures, VERSION);
      if (version >= fresh && version % 2 == 0) {
        byte[] said = bytes(figures);
        if (word(figures, VERSION) == version) {
          return Optional.of(
              HeapView.read(new DataInputStream(new ByteArrayInputStream(said)), said.length));
        }
      }
      if (word(figures, 0) != MAGIC) {
        return Optional.empty();
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new IOException("it did not answer");
  }

  private static byte[] bytes(FileChannel figures) throws IOException {
    long length = word(figures, LENGTH);
    if (length < 0 || length > Math.min(MOST, figures.size() - FIGURES)) {
      throw new IOException("it gives a length of " + length + " bytes");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length);
    read(figures, bytes, FIGURES);
    return bytes.array();
  }

  private static long word(FileChannel figures, int offset) throws IOException {
    ByteBuffer word = words(0);
    read(figures, word, offset);
    return word.getLong(0);
  }

  private static ByteBuffer words(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, value);
  }

  private static void read(FileChannel figures, ByteBuffer into, long offset) throws IOException {
    while (into.hasRemaining()) {
      if (figures.read(into, offset + into.position()) < 0) {
        throw new IOException("its figures end too early");
      }
    }
  }
}
