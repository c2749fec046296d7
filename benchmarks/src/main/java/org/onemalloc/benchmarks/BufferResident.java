package org.onemalloc.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Prints by how many MB the resident memory has grown after the sizes of the buffers have shifted
 * eight times, from 256 B to 32 KB: with 64 MB live, or 5 s after all are released.
 *
 * <p>The Java heap is resident from the start, so that only native memory is counted. A
 * sixty-fourth of the load runs repeatedly first, as in {@link Resident}.
 */
public final class BufferResident {
  private static final int PHASES = 8;
  private static final int FIRST = 256;
  private static final long LIVE = 64 << 20;
  private static final int WARM_UP = 64;
  private static final int PAGE = 4096;

  private BufferResident() {}

  /** Runs the load on one of Netty's threads. */
  public static void main(String[] arguments) throws Exception {
    boolean released = arguments[0].equals("released");
    Thread thread = new DefaultThreadFactory("load").newThread(() -> run(released));
    thread.start();
    thread.join();
  }

  private static void run(boolean released) {
    for (int i = 0; i < WARM_UP; i++) {
      load(LIVE / WARM_UP).forEach(ByteBuf::release);
    }
    long before = Resident.resident();
    Deque<ByteBuf> live = load(LIVE);
    if (released) {
      live.forEach(ByteBuf::release);
      sleep();
    }
    System.out.println((Resident.resident() - before) / 1e6);
  }

  /**
   * Fills the given number of bytes with ever larger buffers, each phase replacing the buffers of
   * the one before.
   */
  private static Deque<ByteBuf> load(long live) {
    Deque<ByteBuf> buffers = new ArrayDeque<>();
    long bytes = 0;
    for (int phase = 0; phase < PHASES; phase++) {
      int size = FIRST << phase;
      for (long i = 0; i < live / size; i++) {
        while (bytes > live - size) {
          ByteBuf old = buffers.removeFirst();
          bytes -= old.capacity();
          old.release();
        }
        buffers.addLast(touched(size));
        bytes += size;
      }
    }
    return buffers;
  }

  private static ByteBuf touched(int size) {
    ByteBuf buffer = Buffers.Allocator.HERE.directBuffer(size, size);
    for (int at = 0; at < size; at += PAGE) {
      buffer.setByte(at, 1);
    }
    return buffer;
  }

  private static void sleep() {
    try {
      Thread.sleep(5000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
