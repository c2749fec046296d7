package org.onemalloc.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.ArrowBuf;
import org.lwjgl.system.MemoryUtil;

/**
 * The load of {@link Resident}, through a library. Prints by how many MB the resident memory has
 * grown after the block sizes have shifted eight times, with 64 MB live. Every page is written. The
 * Java objects that Arrow makes for a buffer are included.
 */
public final class ShiftingLoad {
  private static final int PHASES = 8;
  private static final int FIRST = 48;
  private static final int LIVE = 64 << 20;
  private static final int WARM_UP = 64;
  private static final long PAGE = 4096;

  private ShiftingLoad() {}

  /** Blocks of one size, in an array. */
  private interface Blocks {
    void allocate(int index, int size);

    void free(int index);

    int length();
  }

  /** Runs the load: {@code arrow} or {@code lwjgl}. */
  public static void main(String[] arguments) throws Exception {
    boolean arrow = arguments[0].equals("arrow");
    for (int i = 0; i < WARM_UP; i++) {
      free(load(arrow, LIVE / WARM_UP));
    }
    System.gc();
    long before = resident();
    Blocks live = load(arrow, LIVE);
    System.gc();
    System.out.println((resident() - before) / 1e6);
    free(live);
  }

  private static void free(Blocks blocks) {
    for (int i = 0; i < blocks.length(); i++) {
      blocks.free(i);
    }
  }

  private static Blocks load(boolean arrow, int live) {
    Blocks blocks = arrow ? new InArrow(0) : new InLwjgl(0);
    int size = 0;
    for (int phase = 0; phase < PHASES; phase++) {
      int next = FIRST << phase;
      int count = live / next;
      Blocks more = arrow ? new InArrow(count) : new InLwjgl(count);
      int freed = 0;
      for (int i = 0; i < count; i++) {
        for (; (long) freed * size < (long) i * next && freed < blocks.length(); freed++) {
          blocks.free(freed);
        }
        more.allocate(i, next);
      }
      for (; freed < blocks.length(); freed++) {
        blocks.free(freed);
      }
      blocks = more;
      size = next;
    }
    return blocks;
  }

  private static long resident() throws Exception {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]) * PAGE;
  }

  private record InArrow(ArrowBuf[] buffers) implements Blocks {
    InArrow(int count) {
      this(new ArrowBuf[count]);
    }

    @Override
    public void allocate(int index, int size) {
      buffers[index] = ArrowBuffers.ROOT.buffer(size);
      for (long at = 0; at < size; at += PAGE) {
        buffers[index].setByte(at, 1);
      }
    }

    @Override
    public void free(int index) {
      buffers[index].close();
      buffers[index] = null;
    }

    @Override
    public int length() {
      return buffers.length;
    }
  }

  private record InLwjgl(long[] blocks) implements Blocks {
    InLwjgl(int count) {
      this(new long[count]);
    }

    @Override
    public void allocate(int index, int size) {
      blocks[index] = MemoryUtil.nmemAlloc(size);
      for (long at = 0; at < size; at += PAGE) {
        MemoryUtil.memPutByte(blocks[index] + at, (byte) 1);
      }
    }

    @Override
    public void free(int index) {
      MemoryUtil.nmemFree(blocks[index]);
    }

    @Override
    public int length() {
      return blocks.length;
    }
  }
}
