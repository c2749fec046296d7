package org.onemalloc.profile;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.onemalloc.inspect.process.GlibcHeap;

/**
 * What glibc's heap held in the processes of a command, looked at from outside while they ran. What
 * the record has of it is what was seen; the rest was allocated in ways that the profiler does not
 * see.
 */
final class HeldMemory implements AutoCloseable {
  private static final long INTERVAL_MILLIS = 250;

  private final Map<Long, Long> last = new ConcurrentHashMap<>();
  private final Thread watching;
  private volatile boolean ended;

  /** Watches a process and those that it starts, until it is closed. */
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

  /** What glibc's heap held of a process when it was last looked at; empty if that is not known. */
  OptionalLong lastOf(long pid) {
    Long bytes = last.get(pid);
    return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  /**
   * What glibc's heap holds from the kernel, in use or free.
   *
   * @return bytes; empty where it cannot be read, or nothing is in it: then another allocator
   *     serves
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
