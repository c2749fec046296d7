package org.onemalloc.top;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.process.GlibcHeap;
import org.onemalloc.inspect.process.Mapping;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;

/**
 * A process that is watched. It is read from outside, and never stopped; a JVM is asked too, unless
 * that is declined. For one thread.
 */
public final class Watched implements AutoCloseable {
  private final long pid;
  private final List<String> command;
  private final Optional<String> malloc;
  private final Optional<HeapConnection> heap;
  private final List<String> notes = new ArrayList<>();

  private Watched(long pid, Inspection inspection, boolean ask) throws IOException {
    this.pid = pid;
    this.command = inspection.live().orElseThrow().command();
    this.malloc = inspection.processHeap();
    notes.addAll(inspection.notes());
    boolean java = Mapping.of(pid).stream().anyMatch(m -> m.file().endsWith("/libjvm.so"));
    this.heap = java && ask ? HeapConnection.to(pid, notes::add) : Optional.empty();
  }

  /**
   * Begins to watch a process.
   *
   * @param pid its number
   * @param ask whether a JVM is asked for its heap, which starts the JDK's management agent in it
   * @return the process
   * @throws TopException if there is no such process, or it may not be looked at
   */
  public static Watched of(long pid, boolean ask) {
    if (!Files.isDirectory(Path.of("/proc/self"))) {
      throw new TopException(2, "onemalloc top reads /proc, which only Linux has.");
    }
    try {
      Watched watched = new Watched(pid, Inspector.observe(pid, false), ask);
      Smaps.of(pid);
      return watched;
    } catch (InspectException e) {
      throw new TopException(2, e.getMessage());
    } catch (IOException e) {
      throw new TopException(
          2,
          Files.isDirectory(Path.of("/proc", Long.toString(pid)))
              ? "The memory of process "
                  + pid
                  + " may not be looked at: run onemalloc as its user"
                  + " or as root."
              : "There is no process " + pid + ".");
    }
  }

  /**
   * Takes a look.
   *
   * @return what is there now
   * @throws TopException if it has ended
   */
  public Frame look() {
    try {
      Smaps memory = Smaps.of(pid);
      List<String> all = new ArrayList<>(notes);
      return new Frame(
          System.nanoTime(),
          pid,
          command,
          malloc,
          memory.residentBytes(),
          memory.proportionalBytes(),
          glibc(),
          memory.mappings(),
          heap(all),
          all);
    } catch (IOException e) {
      throw new TopException(1, "Process " + pid + " ended.");
    }
  }

  private OptionalLong glibc() throws IOException {
    try {
      Optional<GlibcHeap> glibc = GlibcHeap.of(pid);
      return glibc.isEmpty() || glibc.get().systemBytes().isEmpty()
          ? OptionalLong.empty()
          : OptionalLong.of(
              glibc.get().systemBytes().getAsLong() + glibc.get().mappedBytes().orElse(0));
    } catch (AccessDeniedException e) {
      return OptionalLong.empty(); // said once, by inspect's note
    }
  }

  private Optional<HeapView> heap(List<String> all) {
    try {
      return heap.isEmpty() ? Optional.empty() : Optional.of(heap.get().read());
    } catch (IOException e) {
      all.add("The heap did not answer this time.");
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    heap.ifPresent(HeapConnection::close);
  }
}
