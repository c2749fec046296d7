package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.GlibcHeap;
import org.onemalloc.inspect.Mapping;

/**
 * Looks at the live processes of a run: is the chosen allocator mapped in each of them, and does
 * glibc's own heap stay empty? The loader's answer before the start tells what is bound; this tells
 * what happened, the calls that no loader binds among them (a function looked up by hand, a static
 * copy, RTLD_DEEPBIND).
 */
final class Witness {
  /** A process is looked at when it is new, and then at every tenth sample. */
  private static final int LOOK_EVERY = 10;

  private final Optional<Path> allocator;
  private final boolean gauge;
  private final Map<Long, Integer> seen = new HashMap<>();
  private final Map<Long, String> escapes = new LinkedHashMap<>();
  private final Set<Path> javaHomes = new LinkedHashSet<>();
  private int processes;
  private int looks;
  private long glibcBytes;

  /**
   * A witness of one run.
   *
   * @param allocator the library that must be there; empty if libc's own malloc is wanted
   * @param gauge whether {@link GlibcHeap} understands this machine's libc
   */
  Witness(Optional<Path> allocator, boolean gauge) {
    this.allocator = allocator;
    this.gauge = gauge;
  }

  void look(List<ProcessTree.Member> members) {
    for (ProcessTree.Member member : members) {
      int times = seen.getOrDefault(member.pid(), 0);
      if (times % LOOK_EVERY == 0) {
        try {
          if (look(member.pid(), times == 0)) {
            seen.put(member.pid(), times + 1);
          }
        } catch (IOException e) {
          // It ended meanwhile, or belongs to somebody else: there is nothing to see.
        }
      } else {
        seen.put(member.pid(), times + 1);
      }
    }
  }

  /** Returns false while the loader has not mapped libc yet: too early to tell anything. */
  private boolean look(long pid, boolean first) throws IOException {
    List<Mapping> mappings = Mapping.of(pid);
    if (mappings.stream().noneMatch(m -> m.file().endsWith("/libc.so.6"))) {
      return false;
    }
    looks++;
    processes += first ? 1 : 0;
    mappings.stream()
        .filter(m -> m.file().endsWith(Program.LIBJVM))
        .map(m -> Path.of(m.file().substring(0, m.file().length() - Program.LIBJVM.length())))
        .forEach(javaHomes::add);
    Optional<GlibcHeap> heap = gauge ? GlibcHeap.of(pid) : Optional.empty();
    heap.ifPresent(state -> glibcBytes = Math.max(glibcBytes, state.systemBytes()));
    if (allocator.isPresent()) {
      String library = allocator.get().toString();
      if (mappings.stream().noneMatch(m -> m.file().equals(library))) {
        escapes.put(pid, name(pid) + " runs without " + library + ".");
      } else if (heap.isPresent() && heap.get().systemBytes() > 0) {
        escapes.put(
            pid,
            "%s also allocates with glibc's malloc, which holds %.1f MiB."
                .formatted(name(pid), heap.get().systemBytes() / 1048576.0));
      }
    }
    return true;
  }

  private static String name(long pid) {
    try {
      Path comm = Path.of("/proc/" + pid + "/comm");
      return Files.readString(comm, StandardCharsets.ISO_8859_1).strip() + " (pid " + pid + ")";
    } catch (IOException e) {
      return "pid " + pid;
    }
  }

  /** One sentence for each escape; empty if there was none. */
  List<String> failures() {
    return List.copyOf(escapes.values());
  }

  /** What was seen, in sentences. */
  List<String> evidence() {
    List<String> evidence = new ArrayList<>();
    if (looks == 0) {
      evidence.add("It ended before it could be looked at; the loader's answer stands alone.");
    } else if (allocator.isPresent()) {
      evidence.add(
          "It was mapped in %d of %d processes, in %d looks."
              .formatted(processes - escapes.size(), processes, looks));
      evidence.add(
          gauge
              ? "glibc's own heap held %d bytes: nothing escaped.".formatted(glibcBytes)
              : "glibc's own heap could not be read on this machine.");
    } else if (gauge) {
      evidence.add("glibc's own heap held up to %.1f MiB.".formatted(glibcBytes / 1048576.0));
    }
    return evidence;
  }

  /** The Java images that the processes run. */
  Set<Path> javaHomes() {
    return javaHomes;
  }

  /** The most that glibc's arenas held; 0 if it was not read. */
  long glibcBytes() {
    return glibcBytes;
  }
}
