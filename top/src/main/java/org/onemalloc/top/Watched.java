package org.onemalloc.top;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.process.GlibcHeap;
import org.onemalloc.inspect.process.Mapping;
import org.onemalloc.inspect.process.ProcessOwner;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;

/**
 * A watched process. It is read from outside and never stopped. A JVM of this user is also asked
 * for the figures of its heap, if requested. Not thread-safe.
 */
public final class Watched {
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
    boolean ours = ProcessOwner.isThisUser(pid);
    if (java && ask && !ours) {
      notes.add(
          "This JVM belongs to another user and was not asked for its heap: run onemalloc top as"
              + " that user.");
    }
    this.heap = java && ask && ours ? Optional.of(new HeapConnection(pid)) : Optional.empty();
  }

  /**
   * Starts watching a process.
   *
   * @param pid the process id
   * @param ask whether to ask a JVM of this user for the figures of its heap
   * @return the watched process
   * @throws TopException if there is no such process, or this user may not inspect it
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
                  + " may not be inspected: run onemalloc as that user or as root."
              : "There is no process " + pid + ".");
    }
  }

  /**
   * Reads the current state of the process.
   *
   * @return the current state
   * @throws TopException if the process has ended
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
          glibc(all),
          memory.mappings(),
          heap(all),
          all);
    } catch (IOException e) {
      throw new TopException(1, "Process " + pid + " ended.");
    }
  }

  private OptionalLong glibc(List<String> all) throws IOException {
    try {
      Optional<GlibcHeap> glibc = GlibcHeap.of(pid);
      glibc
          .flatMap(GlibcHeap::unknown)
          .map(reason -> "How much glibc's own heap holds is unknown: " + reason + ".")
          .filter(note -> !all.contains(note)) // the inspection may have added it
          .ifPresent(all::add);
      return glibc.map(GlibcHeap::heldBytes).orElse(OptionalLong.empty());
    } catch (AccessDeniedException e) {
      return OptionalLong.empty(); // the inspection has already added a note
    }
  }

  private Optional<HeapView> heap(List<String> all) {
    if (heap.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<HeapView> view = heap.get().read();
      if (view.isEmpty()) {
        all.add(
            "This JVM shows no heap of onemalloc: if it uses one, start it with onemalloc-observe"
                + " on its path and -Donemalloc.observe=on.");
      }
      return view;
    } catch (EOFException e) {
      all.add("This JVM was asked for its heap, but its figures end too early.");
    } catch (FileSystemException e) {
      all.add("This JVM's descriptors, through which it shows its heap, may not be read.");
    } catch (IOException e) {
      all.add("This JVM was asked for its heap, but " + e.getMessage() + ".");
    }
    return Optional.empty();
  }
}
