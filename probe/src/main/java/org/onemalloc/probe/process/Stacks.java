package org.onemalloc.probe.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The stacks of the threads of this process, of Java and of native ones: those of running threads,
 * and those that glibc keeps for the next thread.
 */
public final class Stacks {
  /*
   * nptl/allocatestack.c maps stack and guard together, and keeps in the thread's descriptor, at
   * the end of the stack,
   *
   *   struct pthread { ...; void *stackblock; size_t stackblock_size; ... };
   *
   * two words that name the mapping itself, guard included. Its place in the descriptor depends on
   * the version, so that it is searched for: two neighbouring words, the first an address in the
   * inaccessible pages below a mapping, the second so large that the sum lies in this mapping, both
   * of whole pages. The guard is glibc's for a native thread, and HotSpot's own zones for a thread
   * of Java.
   *
   * The kernel merges neighbouring mappings, so that other memory may follow a stack, or another
   * inaccessible mapping lie right below its guard. Then the descriptor is not at the end of the
   * mapping: it is looked for where a stack of a size and a guard would end that another thread has.
   *
   * Rejected: Thread.print and VM.info name no bounds of stacks; /proc/self/task/TID/syscall has the
   * stack pointer of threads that wait in a call, but no size; Native Memory Tracking is off in most
   * processes, and knows no thread that is not the virtual machine's.
   */

  /** The descriptor has some 2,300 bytes; on arm64 static TLS lies between it and the end. */
  private static final int[] ENDS = {4096, 16384};

  private static final long LEAST = 16 << 10;
  private static final long MOST = 1L << 36;

  private record Shape(long guard, long size) {}

  private final OwnMemory memory;
  private final List<Range> found = new ArrayList<>();
  private final Set<Shape> shapes = new LinkedHashSet<>();

  private Stacks(OwnMemory memory) {
    this.memory = memory;
  }

  /**
   * Finds the stacks of threads other than the first, whose stack is {@code [stack]}.
   *
   * @param mappings the mappings of this process, by address
   * @param memory its memory
   * @return the accessible part of each stack; none of a libc that is not glibc
   */
  public static List<Range> of(List<Mapping> mappings, OwnMemory memory) {
    Stacks stacks = new Stacks(memory);
    List<Mapping[]> others = new ArrayList<>();
    for (int i = 1; i < mappings.size(); i++) {
      Mapping guard = mappings.get(i - 1);
      Mapping above = mappings.get(i);
      boolean canBe =
          guard.end() == above.start()
              && guard.isAnonymous()
              && guard.access().startsWith("---")
              && (above.isAnonymous() || above.file().startsWith("[anon:"))
              && above.access().equals("rw-p");
      if (canBe && !stacks.endsAt(guard, above, above.end())) {
        others.add(new Mapping[] {guard, above});
      }
    }
    for (Mapping[] other : others) {
      stacks.endsInside(other[0], other[1]);
    }
    return stacks.found;
  }

  private void endsInside(Mapping guard, Mapping above) {
    for (Shape shape : Set.copyOf(shapes)) {
      long end = above.start() - shape.guard + shape.size;
      if (end > above.start() && end < above.end() && endsAt(guard, above, end)) {
        return;
      }
    }
  }

  private boolean endsAt(Mapping guard, Mapping above, long end) {
    for (int length : ENDS) {
      long from = Math.max(above.start(), end - length);
      try {
        ByteBuffer words = memory.read(from, end - from);
        for (int at = 0; at + 2 * Long.BYTES <= words.limit(); at += Long.BYTES) {
          long block = words.getLong(at);
          if (block >= guard.start() && block <= above.start()) {
            long size = words.getLong(at + Long.BYTES);
            if (isStack(block, size) && block + size == end) {
              found.add(new Range(above.start(), end));
              shapes.add(new Shape(above.start() - block, size));
              return true;
            }
          }
        }
      } catch (IOException e) {
        return false; // the thread has just ended
      }
    }
    return false;
  }

  private static boolean isStack(long block, long size) {
    return size >= LEAST && size <= MOST && ((block | size) & (Pages.PAGE - 1)) == 0;
  }
}
