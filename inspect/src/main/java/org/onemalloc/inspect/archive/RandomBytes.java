package org.onemalloc.inspect.archive;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.onemalloc.objectfile.Room;

/** Bytes with random access: those of a file, of a part of a file, or of an array. */
interface RandomBytes {
  /** Returns their name in messages: the file that contains them. */
  String name();

  /** Returns their number. */
  long size() throws IOException;

  /**
   * Reads from {@code offset} until {@code into} is full; the range must lie within {@link #size}.
   */
  void read(long offset, ByteBuffer into) throws IOException;

  /**
   * Returns a copy of a range, truncated at the end of the bytes.
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

  /** Returns a view of a part of these bytes. */
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
   * Returns the bytes of a file, with the size that it has now.
   *
   * @param open used for reading as long as it is open; after that each read opens the file again
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
