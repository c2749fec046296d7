package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.compare.process.KernelEvent;
import org.onemalloc.compare.process.KernelEvents;
import org.onemalloc.compare.process.Posix.PosixException;
import org.onemalloc.inspect.process.GlibcHeap;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.MallocProviders;
import org.onemalloc.inspect.process.MappedFile;

/**
 * Records every program that the processes of a run executed, and the provider of malloc in each.
 * The record is complete if the kernel reports all events ({@link KernelEvents}). A {@link Witness}
 * only inspects live processes, and a process may execute another program, or start and end,
 * between two inspections. A mapped file is read soon after the event, because a program may remove
 * it.
 *
 * <p>The events are read by a separate thread. The results may be read after {@link #close}.
 */
final class ProgramHistory implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long own = ProcessHandle.current().pid();
  private final MallocProviders providers;
  private final KernelEvents events;
  private final String refusal;
  private final Map<Long, Execution> current = new HashMap<>();
  private final List<Program> programs = new ArrayList<>();
  private final Set<Long> processes = new HashSet<>();
  private long lost;
  private Thread thread;
  private volatile boolean ended;

  /**
   * One program that one process executed.
   *
   * @param pid the process id
   * @param name the program's short name
   * @param provider the provider of its malloc
   */
  record Program(long pid, String name, MallocProvider provider) {}

  /** A program in execution. A forked process shares the object with its parent. */
  private static final class Execution {
    private final long pid;
    private final String name;
    private final List<MappedFile> files = new ArrayList<>();
    private final Set<Long> libcs = new HashSet<>();
    private int index = -1;

    Execution(long pid, String name) {
      this.pid = pid;
      this.name = name;
    }
  }

  /**
   * Starts to receive events. Must be called before the run starts, by the thread that starts it.
   *
   * @param providers determines the provider of malloc; used only by the thread of this history
   */
  ProgramHistory(MallocProviders providers) {
    this.providers = providers;
    KernelEvents opened = null;
    String reason = "";
    try {
      opened = KernelEvents.open();
    } catch (PosixException e) {
      reason = e.getMessage();
    }
    events = opened;
    refusal = reason;
  }

  /**
   * Returns why the kernel reports no events, without a full stop; empty if it does report them.
   */
  Optional<String> refusal() {
    return events == null ? Optional.of(refusal) : Optional.empty();
  }

  /**
   * Follows a process and its descendants from the start.
   *
   * @param pid the process id; the thread that created this object must have started it
   */
  void follow(long pid) {
    if (events == null) {
      return;
    }
    current.put(pid, new Execution(pid, ""));
    processes.add(pid);
    thread = Thread.ofPlatform().daemon().name("onemalloc-history").start(this::listen);
  }

  private void listen() {
    while (!ended) {
      LockSupport.parkNanos(INTERVAL_NANOS);
      events.read(false, this::note);
    }
  }

  private void note(KernelEvent event) {
    switch (event) {
      case KernelEvent.Forked(long pid, long parent) -> {
        Execution copied = current.get(parent);
        if (copied != null) {
          current.put(pid, copied);
          processes.add(pid);
        } else if (parent != own) {
          current.remove(pid); // An unrelated process that reuses the id.
        }
      }
      case KernelEvent.Executed(long pid, String name) -> {
        Execution before = current.get(pid);
        if (before != null) {
          judge(before);
          current.put(pid, new Execution(pid, name));
        }
      }
      case KernelEvent.Mapped mapped -> {
        Execution execution = current.get(mapped.pid());
        if (execution != null) {
          map(execution, mapped);
        }
      }
      case KernelEvent.Ended(long pid) -> {
        if (current.containsKey(pid)) {
          judge(current.get(pid));
        }
      }
      case KernelEvent.Lost(long count) -> lost += count;
    }
  }

  private void map(Execution execution, KernelEvent.Mapped mapped) {
    boolean libc = GlibcHeap.isLibc(mapped.file());
    if (execution.index < 0) {
      execution.files.add(new MappedFile(mapped.file(), mapped.device(), mapped.inode()));
    }
    if (libc && execution.libcs.add(mapped.base())) {
      judge(execution);
      if (execution.libcs.size() > 1) {
        twice(execution);
      }
    }
  }

  private void judge(Execution execution) {
    // Until it executes its first program, a process is a copy of this one.
    if (execution.index < 0 && !execution.name.isEmpty()) {
      execution.index = programs.size();
      programs.add(new Program(execution.pid, execution.name, providers.of(execution.files)));
      execution.files.clear();
    }
  }

  private void twice(Execution execution) {
    MallocProvider before = programs.get(execution.index).provider();
    MallocProvider unknown =
        new MallocProvider(
            Kind.UNKNOWN,
            "",
            before.executable(),
            before.copies(),
            "it loaded two C libraries, and only one of them serves it",
            "");
    programs.set(execution.index, new Program(execution.pid, execution.name, unknown));
  }

  /** Ends the record. All processes of the run must have ended. */
  @Override
  public void close() {
    if (events == null || ended) {
      return;
    }
    ended = true;
    if (thread != null) {
      LockSupport.unpark(thread); // An interrupt would close the file that the thread reads.
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      events.read(true, this::note);
      List.copyOf(current.values()).forEach(this::judge);
    }
    events.close();
  }

  /** Returns the programs, in the order in which they were recorded. */
  List<Program> programs() {
    return programs;
  }

  /** Returns the number of processes. */
  int processes() {
    return processes.size();
  }

  /** Returns the number of events that the kernel dropped. */
  long lost() {
    return lost;
  }
}
