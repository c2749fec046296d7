package org.onemalloc.inspect.archive;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.onemalloc.objectfile.Room;

/** Bytes that can be read at any place: a file's, a part of them, or an array's. */
interface RandomBytes {
  /** What to call them in messages: the file that has them. */
  String name();

  /** How many there are. */
  long size() throws IOException;

  /** Reads from {@code offset} until {@code into} is full, all of it inside {@link #size}. */
  void read(long offset, ByteBuffer into) throws IOException;

  /**
   * A copy of a range, which is cut where the bytes end.
   *
   * @throws org.onemalloc.objectfile.ObjectFileException if there is no {@linkplain Room room} for
   *     it
   */
  default byte[] read(long offset, long length) throws IOException {
    long rest = Math.max(0, size() - offset);
    byte[] copy = Room.of(Math.min(length, rest), name());
    read(offset, ByteBuffer.wrap(copy));
    return copy;
  }

  /** A part of these bytes, not copied. */
  default RandomBytes part(long start, long length) {
    RandomBytes whole = this;
    return new RandomBytes() {
      @Override
      public String name() {
        return whole.name();
      }

      @Override
      public long size() {
        return length;
      }

      @Override
      public void read(long offset, ByteBuffer into) throws IOException {
        whole.read(start + offset, into);
      }
    };
  }

  /**
   * A file's bytes, as many as it has now.
   *
   * @param open serves as long as it is open; later each read opens the file for itself
   */
  static RandomBytes of(Path path, FileChannel open) throws IOException {
    long size = open.size();
    return new RandomBytes() {
      @Override
      public String name() {
        return path.toString();
      }

      @Override
      public long size() {
        return size;
      }

      @Override
      public void read(long offset, ByteBuffer into) throws IOException {
        if (open.isOpen()) {
          read(open, offset, into);
        } else {
          try (FileChannel again = FileChannel.open(path)) {
            read(again, offset, into);
          }
        }
      }

      private void read(FileChannel channel, long offset, ByteBuffer into) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
          int count = channel.read(into, at);
          if (count < 0) {
            throw new EOFException("the file became shorter while it was read");
          }
          at += count;
        }
      }
    };
  }

  static RandomBytes of(byte[] content, String name) {
    return new RandomBytes() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public long size() {
        return content.length;
      }

      @Override
      public void read(long offset, ByteBuffer into) {
        into.put(content, (int) offset, into.remaining());
      }
    };
  }
}
