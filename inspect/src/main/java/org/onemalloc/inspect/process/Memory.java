package org.onemalloc.inspect.process;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The memory of another process, read through /proc/PID/mem while it runs on (proc_pid_mem(5)).
 * Opening it requires the right to trace the process, which is neither attached to nor stopped.
 */
final class Memory implements AutoCloseable {
  private static final int MOST_TEXT_BYTES = 4096;

  private final FileChannel channel;

  private Memory(FileChannel channel) {
    this.channel = channel;
  }

  static Memory of(long pid) throws IOException {
    return new Memory(FileChannel.open(Path.of("/proc/" + pid + "/mem"), StandardOpenOption.READ));
  }

  /** Returns the bytes at an address, in this machine's byte order. */
  ByteBuffer read(long address, int bytes) throws IOException {
    if (address < 0) {
      throw new IOException("no process has the address 0x" + Long.toHexString(address));
    }
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    while (content.hasRemaining()) {
      if (channel.read(content, address + content.position()) < 0) {
        throw new EOFException("the memory ends at 0x" + Long.toHexString(address));
      }
    }
    return content.flip();
  }

  /** Returns an unsigned number of 4 or 8 bytes. */
  long word(long address, int bytes) throws IOException {
    ByteBuffer word = read(address, bytes);
    return bytes == Long.BYTES ? word.getLong() : Integer.toUnsignedLong(word.getInt());
  }

  /** Returns a string that ends with a zero byte, truncated at the maximum length of a path. */
  String text(long address) throws IOException {
    byte[] bytes = new byte[MOST_TEXT_BYTES];
    int length = 0;
    while (length < bytes.length) {
      byte next = read(address + length, 1).get();
      if (next == 0) {
        break;
      }
      bytes[length++] = next;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
