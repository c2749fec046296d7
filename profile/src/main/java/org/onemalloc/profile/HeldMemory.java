package org.onemalloc.profile;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.onemalloc.inspect.process.GlibcHeap;

/**
 * Samples from outside how much memory glibc's heap holds in the processes of a command. The
 * difference from the recorded live bytes is memory that malloc keeps free, and blocks that the
 * profiler did not see.
 */
final class HeldMemory implements AutoCloseable {
  private static final long INTERVAL_MILLIS = 250;

  private final Map<Long, Held> last = new ConcurrentHashMap<>();
  private final Thread watching;
  private volatile boolean ended;

  /** Starts sampling a process and its descendants, until this object is closed. */
  HeldMemory(Process process) {
    watching = Thread.ofPlatform().daemon().name("held-memory").start(() -> watch(process));
  }

  private void watch(Process process) {
    while (!ended) {
      look(process.pid());
      process.descendants().forEach(child -> look(child.pid()));
      try {
        Thread.sleep(INTERVAL_MILLIS);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void look(long pid) {
    try {
      // A process that has executed another program, such as env(1), has a heap of that one's now.
      GlibcHeap.of(pid).ifPresent(heap -> last.put(pid, Held.in(heap)));
    } catch (IOException e) {
      // It has ended, and the last sample counts.
    }
  }

  /** Returns what glibc's heap held in a process at the last sample. */
  Held lastOf(long pid) {
    return last.getOrDefault(pid, Held.NOTHING);
  }

  /** Returns what glibc's heap has obtained from the kernel, in use or free. */
  static Held of(long pid) {
    try {
      return GlibcHeap.of(pid).map(Held::in).orElse(Held.NOTHING);
    } catch (IOException e) {
      return Held.NOTHING;
    }
  }

  /**
   * What glibc's heap held.
   *
   * @param bytes the number of bytes; empty if the heap cannot be read, or if it is empty because
   *     another allocator provides malloc
   * @param note a sentence that says why the number is unknown, if the heap was not recognised
   */
  record Held(OptionalLong bytes, Optional<String> note) {
    private static final Held NOTHING = new Held(OptionalLong.empty(), Optional.empty());

    private static Held in(GlibcHeap heap) {
      OptionalLong bytes = heap.heldBytes();
      return new Held(
          bytes.orElse(0) == 0 ? OptionalLong.empty() : bytes,
          heap.unknown()
              .map(reason -> "How much glibc's own heap held is unknown: " + reason + "."));
    }
  }

  @Override
  public void close() {
    ended = true;
    watching.interrupt();
  }
}
