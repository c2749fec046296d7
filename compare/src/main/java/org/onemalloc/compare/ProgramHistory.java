package org.onemalloc.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.onemalloc.compare.process.CodeMapping;
import org.onemalloc.compare.process.KernelEvent;
import org.onemalloc.compare.process.KernelEvents;
import org.onemalloc.compare.process.Posix.PosixException;
import org.onemalloc.compare.process.StartedWith;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.MallocProviders;
import org.onemalloc.inspect.process.MappedFile;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.text.Text;

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
  private static final String LIBJVM = "/libjvm.so";
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long own = ProcessHandle.current().pid();
  private final MallocProviders providers;
  private final Expectation expectation;
  private final KernelEvents events;
  private final String refusal;
  private final Map<Long, Execution> current = new HashMap<>();
  private final List<Execution> executions = new ArrayList<>();
  private final Set<Long> processes = new HashSet<>();
  private Optional<StartedWith> first = Optional.empty();
  private long lost;
  private Thread thread;
  private volatile boolean ended;

  /**
   * One program that one process executed.
   *
   * @param pid the process id
   * @param name the program's short name
   * @param provider the provider of its malloc
   * @param java whether it is a JVM
   * @param given what it was started with; empty if it ended before that could be read, or had
   *     written over it
   * @param started whether it executed another program, or a process did that it forked
   */
  record Program(
      long pid,
      String name,
      MallocProvider provider,
      boolean java,
      Optional<StartedWith> given,
      boolean started) {

    @Override
    public String toString() {
      return Text.escaped(name) + " (pid " + pid + ")";
    }
  }

  /** A program in execution. A forked process shares the object with its parent. */
  private static final class Execution {
    private final long pid;
    private final String name;
    private final List<MappedFile> files = new ArrayList<>();
    private final Set<MappedFile> later = new HashSet<>();
    private final Set<Long> libcs = new HashSet<>();
    private Optional<MallocProvider> provider = Optional.empty();
    private Optional<StartedWith> given = Optional.empty();
    private Optional<StartedWith> known = Optional.empty();
    private long givenNanos;
    private boolean java;
    private boolean started;

    Execution(long pid, String name) {
      this.pid = pid;
      this.name = name;
    }

    /** Reads what the process was given, unless it has ended. */
    void readGiven() {
      try {
        given = StartedWith.of(pid);
      } catch (IOException e) {
        given = Optional.empty();
      }
      givenNanos = System.nanoTime();
    }

    /** Notes that it executed another program, and forgets what was read after that. */
    void replaced(long nanos) {
      started = true;
      if (nanos <= givenNanos) {
        given = Optional.empty();
      }
    }

    Program program() {
      return new Program(pid, name, provider.orElseThrow(), java, given.or(() -> known), started);
    }
  }

  /**
   * Starts to receive events. Must be called before the run starts, by the thread that starts it.
   *
   * @param providers determines the provider of malloc; used only by the thread of this history
   * @param expectation the expected provider; learns how the kernel reports the expected library
   */
  ProgramHistory(MallocProviders providers, Expectation expectation) {
    this.providers = providers;
    this.expectation = expectation;
    KernelEvents opened = null;
    String reason = "";
    try {
      opened = KernelEvents.open();
    } catch (PosixException e) {
      reason = e.getMessage();
    }
    events = opened;
    refusal = reason;
    if (events != null) {
      expectation.library().ifPresent(CodeMapping::announce);
    }
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
   * @param given what its first program was started with, which is known even if the program writes
   *     over it, as servers do that show their state in ps(1); empty if it is not known
   */
  void follow(long pid, Optional<StartedWith> given) {
    first = given;
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
      case KernelEvent.Executed(long pid, String name, long nanos) -> {
        Execution before = current.get(pid);
        if (before != null) {
          before.replaced(nanos);
          judge(before);
          Execution next = new Execution(pid, name);
          next.readGiven();
          if (before.name.isEmpty() && pid == before.pid) {
            next.known = first;
          }
          current.put(pid, next);
        }
      }
      case KernelEvent.Mapped mapped -> {
        MappedFile file = new MappedFile(mapped.file(), mapped.device(), mapped.inode());
        Execution execution = current.get(mapped.pid());
        if (execution != null) {
          map(execution, mapped, file);
        } else if (mapped.pid() == own
            && expectation
                .library()
                .filter(library -> library.toString().equals(file.name()))
                .isPresent()) {
          expectation.isShownAs(file);
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

  private void map(Execution execution, KernelEvent.Mapped mapped, MappedFile file) {
    execution.java |= file.name().endsWith(LIBJVM);
    boolean libc = GlibcNames.isLibc(file.name());
    if (execution.provider.isEmpty()) {
      execution.files.add(file);
    } else if (!libc && execution.later.add(file)) {
      execution.provider =
          execution.provider.map(before -> providers.later(mapped.pid(), file, before));
    }
    if (libc && execution.libcs.add(mapped.base())) {
      judge(execution);
      if (execution.libcs.size() > 1) {
        execution.provider =
            execution.provider.map(
                before ->
                    before.unknown("it loaded two C libraries, and only one of them serves it"));
      }
    }
  }

  private void judge(Execution execution) {
    // Until it executes its first program, a process is a copy of this one.
    if (execution.provider.isEmpty() && !execution.name.isEmpty()) {
      if (providers.isLoaderAlone(execution.pid, execution.files)) {
        return; // There is no malloc of a program or a library in it.
      }
      execution.provider = Optional.of(providers.of(execution.pid, execution.files));
      executions.add(execution);
      execution.files.clear();
    }
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
    return executions.stream().map(Execution::program).toList();
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
