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

  private final Map<Long, Long> last = new ConcurrentHashMap<>();
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
    of(pid).ifPresent(bytes -> last.put(pid, bytes));
  }

  /**
   * Returns the number of bytes that glibc's heap held in a process at the last sample; empty if
   * unknown.
   */
  OptionalLong lastOf(long pid) {
    Long bytes = last.get(pid);
    return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  /**
   * Returns the number of bytes that glibc's heap has obtained from the kernel, in use or free.
   *
   * @return the number of bytes; empty if the heap cannot be read, or if it is empty because
   *     another allocator provides malloc
   */
  static OptionalLong of(long pid) {
    try {
      Optional<GlibcHeap> heap = GlibcHeap.of(pid);
      if (heap.isEmpty() || heap.get().systemBytes().isEmpty()) {
        return OptionalLong.empty();
      }
      long bytes = heap.get().systemBytes().getAsLong() + heap.get().mappedBytes().orElse(0);
      return bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public void close() {
    ended = true;
    watching.interrupt();
  }
}
