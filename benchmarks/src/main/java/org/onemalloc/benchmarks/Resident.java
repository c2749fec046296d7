package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.onemalloc.Heap;

/**
 * Prints by how many MB the resident memory has grown after the block sizes have shifted eight
 * times, with 64 MB live.
 *
 * <p>A sixty-fourth of the load runs repeatedly first, so that the JIT's memory is not counted: the
 * allocator keeps some MB that a compiler has freed, and more if there is more code to compile.
 */
public final class Resident {
  private static final int PHASES = 8;
  private static final int FIRST = 48;
  private static final long LIVE = 64 << 20;
  private static final int WARM_UP = 64;
  private static final long PAGE = 4096;

  private Resident() {}

  /** Runs the load. */
  public static void main(String[] arguments) {
    for (int i = 0; i < WARM_UP; i++) {
      free(load(LIVE / WARM_UP));
    }
    long before = resident();
    long[] live = load(LIVE);
    System.out.println((resident() - before) / 1e6);
    free(live);
  }

  private static void free(long[] blocks) {
    for (long block : blocks) {
      Heap.deallocate(block, FIRST << (PHASES - 1), 16);
    }
  }

  private static long[] load(long live) {
    long[] blocks = new long[0];
    int size = 0;
    for (int phase = 0; phase < PHASES; phase++) {
      int next = FIRST << phase;
      long[] more = new long[(int) (live / next)];
      int freed = 0;
      for (int i = 0; i < more.length; i++) {
        for (; (long) freed * size < (long) i * next && freed < blocks.length; freed++) {
          Heap.deallocate(blocks[freed], size, 16);
        }
        more[i] = Heap.allocate(next, 16);
        for (long at = 0; at < next; at += PAGE) {
          C.ALL.set(JAVA_BYTE, more[i] + at, (byte) 1);
        }
      }
      for (; freed < blocks.length; freed++) {
        Heap.deallocate(blocks[freed], size, 16);
      }
      blocks = more;
      size = next;
    }
    return blocks;
  }

  static long resident() {
    try {
      return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]) * PAGE;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
