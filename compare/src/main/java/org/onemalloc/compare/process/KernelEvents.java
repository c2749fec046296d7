package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the kernel tells of processes that start, execute programs, map code and end: all of it, in
 * order, however short they live (perf_event_open(2)). Nothing is stopped or attached to.
 *
 * <p>Root, and whoever has CAP_PERFMON, hears of every process of the machine: that costs the
 * processes nothing. Anybody else hears of the children of the thread that opened this, which takes
 * {@code kernel.perf_event_paranoid} of 2 or less (Debian and Ubuntu have more), and a container
 * that lets perf_event_open through.
 *
 * <p>Rejected: ptrace(2), which stops a process at each signal and each new thread, and so measures
 * itself; the process events of netlink(7), which tell of a process when it is gone; fanotify(7)
 * and acct(2), for root alone; a preloaded library that makes a note, which is absent just where
 * LD_PRELOAD was changed.
 *
 * <p>For one thread, but for the opening.
 */
public final class KernelEvents implements AutoCloseable {
  /** An event is stamped before it can be read, by less than this. */
  private static final long LATE_NANOS = 2_000_000;

  private final List<EventRing> rings = new ArrayList<>();
  private final List<EventRing.Stamped> waiting = new ArrayList<>();

  private KernelEvents() {}

  /**
   * Begins to listen.
   *
   * @return what hears of the children that this thread starts from now on, and maybe of others
   * @throws Posix.PosixException if the kernel refuses, or the machine is not x86-64 or aarch64;
   *     the message says why, a sentence without its end
   */
  public static KernelEvents open() throws Posix.PosixException {
    try {
      return open(EventRing.EVERYBODY);
    } catch (Posix.PosixException e) {
      return open(EventRing.CHILDREN);
    }
  }

  private static KernelEvents open(int whom) throws Posix.PosixException {
    KernelEvents events = new KernelEvents();
    try {
      for (int processor : processors()) {
        events.rings.add(EventRing.open(whom, processor));
      }
      return events;
    } catch (Posix.PosixException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Hands on what has happened, in the order in which it did.
   *
   * @param all whether that is the end; else the latest moments are kept for the next time
   * @param consumer takes each event
   */
  public void read(boolean all, Consumer<KernelEvent> consumer) {
    // What is stamped later than this may be preceded by what another ring does not show yet.
    long until = all ? Long.MAX_VALUE : System.nanoTime() - LATE_NANOS;
    rings.forEach(ring -> ring.read(waiting));
    waiting.sort(Comparator.comparingLong(EventRing.Stamped::nanos));
    int ready = 0;
    while (ready < waiting.size() && waiting.get(ready).nanos() - until < 0) {
      consumer.accept(waiting.get(ready++).event());
    }
    waiting.subList(0, ready).clear();
  }

  /** {@code 0-3,6}: the processors that are online, each of which has a ring of its own. */
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
