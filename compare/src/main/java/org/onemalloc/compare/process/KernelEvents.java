package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Receives the kernel's events of processes that start, execute programs, map code and end
 * (perf_event_open(2)). The record is complete and in order, however briefly a process lives. No
 * process is stopped or attached to.
 *
 * <p>Root, and users with CAP_PERFMON, receive the events of every process of the machine, at no
 * cost to those processes. Other users receive the events of the children of the thread that opened
 * this object. This requires {@code kernel.perf_event_paranoid} of 2 or less (Debian and Ubuntu set
 * a higher value), and a container that permits perf_event_open.
 *
 * <p>Rejected alternatives: ptrace(2) stops a process at each signal and each new thread, and so
 * distorts the measurement. The process events of netlink(7) arrive when a process may already be
 * gone. fanotify(7) and acct(2) are for root alone. A preloaded library that records events is
 * absent exactly where LD_PRELOAD was changed.
 *
 * <p>Not thread-safe; one thread may open an instance and another one use it.
 */
public final class KernelEvents implements AutoCloseable {
  /** The longest time between the timestamp of an event and its appearance in the ring. */
  private static final long LATE_NANOS = 2_000_000;

  /** On a busy machine the events of all processes fill a ring while its reader waits for a CPU. */
  private static final int MOST_BYTES = 8 << 20;

  /** The rings of all processors together. */
  private static final int ALL_BYTES = 64 << 20;

  private final List<EventRing> rings = new ArrayList<>();
  private final List<EventRing.Stamped> waiting = new ArrayList<>();

  private KernelEvents() {}

  /**
   * Starts to receive events.
   *
   * @return an instance that receives the events of the children that this thread starts
   *     afterwards, and possibly of other processes
   * @throws Posix.PosixException if the kernel refuses, or the machine is not x86-64 or aarch64;
   *     the message gives the reason, without a full stop
   */
  public static KernelEvents open() throws Posix.PosixException {
    List<Integer> processors = processors();
    int large = Math.min(MOST_BYTES, Integer.highestOneBit(ALL_BYTES / processors.size()));
    try {
      return open(processors, EventRing.EVERYBODY, Math.max(EventRing.SMALL_BYTES, large));
    } catch (Posix.PosixException e) {
      try {
        return open(processors, EventRing.EVERYBODY, EventRing.SMALL_BYTES);
      } catch (Posix.PosixException again) {
        return open(processors, EventRing.CHILDREN, EventRing.SMALL_BYTES);
      }
    }
  }

  private static KernelEvents open(List<Integer> processors, int whom, int bytes)
      throws Posix.PosixException {
    KernelEvents events = new KernelEvents();
    try {
      for (int processor : processors) {
        events.rings.add(EventRing.open(whom, processor, bytes));
      }
      return events;
    } catch (Posix.PosixException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Passes on the events since the last call, in the order in which they happened.
   *
   * @param all true at the end; otherwise the latest events are kept for the next call
   * @param consumer receives each event
   */
  public void read(boolean all, Consumer<KernelEvent> consumer) {
    // An earlier event of another ring may not be visible yet, so later events have to wait.
    long until = all ? Long.MAX_VALUE : System.nanoTime() - LATE_NANOS;
    rings.forEach(ring -> ring.read(waiting));
    waiting.sort(Comparator.comparingLong(EventRing.Stamped::nanos));
    int ready = 0;
    while (ready < waiting.size() && waiting.get(ready).nanos() - until < 0) {
      consumer.accept(waiting.get(ready++).event());
    }
    waiting.subList(0, ready).clear();
  }

  /**
   * Returns the processors that are online, from a list such as {@code 0-3,6}. Each has its own
   * ring.
   */
  private static List<Integer> processors() {
    List<Integer> processors = new ArrayList<>();
    String online;
    try {
      online = Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
    } catch (IOException e) {
      online = "0-" + (Runtime.getRuntime().availableProcessors() - 1);
    }
    for (String range : online.split(",", -1)) {
      int dash = range.indexOf('-');
      int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
      int last = Integer.parseInt(range.substring(dash + 1));
      for (int processor = first; processor <= last; processor++) {
        processors.add(processor);
      }
    }
    return processors;
  }

  @Override
  public void close() {
    rings.forEach(EventRing::close);
  }
}
