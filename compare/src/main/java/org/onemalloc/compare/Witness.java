package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.process.ProcessTree;
import org.onemalloc.inspect.process.GlibcHeap;
import org.onemalloc.inspect.process.Mapping;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Looks at the live processes of a run: is the chosen allocator mapped in each of them, and does
 * glibc's own heap stay empty? The loader's answer before the start tells what is bound; this tells
 * what happened, the calls that no loader binds among them (a function looked up by hand, a static
 * copy, RTLD_DEEPBIND), and the processes that no preloading reaches (a static program, a setuid
 * one).
 */
final class Witness {
  /** A process is looked at when it is new, and then at every tenth sample. */
  private static final int LOOK_EVERY = 10;

  private final Optional<Path> allocator;
  private final Set<String> names = new HashSet<>();
  private final boolean gauge;
  private final Map<Long, Integer> seen = new HashMap<>();
  private final Map<Long, Integer> refused = new HashMap<>();
  private final Set<Long> without = new HashSet<>();
  private final Set<Long> gauged = new HashSet<>();
  private final Map<Long, String> escapes = new LinkedHashMap<>();
  private final Set<Path> javaHomes = new LinkedHashSet<>();
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
    allocator.ifPresent(
        library -> {
          names.add(library.toString());
          names.add(real(library).toString());
        });
  }

  /** The kernel names a mapped file by its real path, and an allocator's path is often a link. */
  private static Path real(Path library) {
    try {
      return library.toRealPath();
    } catch (IOException e) {
      return library;
    }
  }

  void look(List<ProcessTree.Member> members) {
    for (ProcessTree.Member member : members) {
      int times = seen.getOrDefault(member.pid(), 0);
      if (times % LOOK_EVERY != 0 || look(member.pid())) {
        seen.put(member.pid(), times + 1);
      }
    }
  }

  /** Returns false while there is nothing to tell: libc is not mapped yet, or it ended. */
  private boolean look(long pid) {
    List<Mapping> mappings;
    try {
      mappings = Mapping.of(pid);
    } catch (AccessDeniedException e) {
      refuse(pid);
      return false;
    } catch (IOException e) {
      return false;
    }
    if (mappings.stream().noneMatch(m -> m.file().endsWith("/libc.so.6"))) {
      return isOutOfReach(pid);
    }
    looks++;
    mappings.stream()
        .filter(m -> m.file().endsWith(Program.LIBJVM))
        .map(m -> Path.of(m.file().substring(0, m.file().length() - Program.LIBJVM.length())))
        .forEach(javaHomes::add);
    Optional<GlibcHeap> heap = gauge ? heapOf(pid) : Optional.empty();
    heap.ifPresent(state -> glibcBytes = Math.max(glibcBytes, state.systemBytes()));
    allocator.ifPresent(library -> judge(pid, library, mappings, heap));
    return true;
  }

  private void judge(long pid, Path library, List<Mapping> mappings, Optional<GlibcHeap> heap) {
    if (mappings.stream().noneMatch(m -> names.contains(m.file()))) {
      without.add(pid);
      escapes.put(pid, name(pid) + " runs without " + library + ".");
    } else if (heap.isPresent() && heap.get().systemBytes() > 0) {
      escapes.put(
          pid,
          "%s also allocates with glibc's malloc, which holds %.1f MiB."
              .formatted(name(pid), heap.get().systemBytes() / 1048576.0));
    }
  }

  /** The maps take less of a right than the memory does: Yama may refuse this one alone. */
  private Optional<GlibcHeap> heapOf(long pid) {
    try {
      Optional<GlibcHeap> heap = GlibcHeap.of(pid);
      gauged.add(pid);
      return heap;
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A setuid program loses LD_PRELOAD and hides its mappings; once may be a moment of its exec. */
  private void refuse(long pid) {
    if (allocator.isPresent() && refused.merge(pid, 1, Integer::sum) > 1) {
      escapes.put(pid, name(pid) + " may not be looked at: what it allocates with is unknown.");
    }
  }

  /** Whether a process without libc will never have it: a static program, or another C library. */
  private boolean isOutOfReach(long pid) {
    if (allocator.isEmpty()) {
      return false;
    }
    try {
      Path program = Path.of("/proc/" + pid + "/exe");
      if (Program.isGlibcLoader(program.toRealPath())) {
        return false;
      }
      Optional<String> loader = ElfFile.read(program).interpreter();
      if (loader.isPresent() && Program.isGlibcLoader(Path.of(loader.get()))) {
        return false;
      }
      without.add(pid);
      escapes.put(
          pid,
          "%s is %s and runs without %s."
              .formatted(
                  name(pid),
                  loader.map(l -> "loaded by " + l).orElse("statically linked"),
                  allocator.get()));
      return true;
    } catch (IOException | ObjectFileException e) {
      return false;
    }
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
    if (seen.isEmpty()) {
      evidence.add("It ended before it could be looked at; the loader's answer stands alone.");
    } else if (allocator.isPresent()) {
      evidence.add(
          "It was mapped in %d of %d processes, in %d looks."
              .formatted(seen.size() - without.size(), seen.size(), looks));
      evidence.add(gaugeSays());
    } else if (!gauged.isEmpty()) {
      evidence.add("glibc's own heap held up to %.1f MiB.".formatted(glibcBytes / 1048576.0));
    }
    return evidence;
  }

  private String gaugeSays() {
    if (gauged.isEmpty()) {
      return "glibc's own heap could not be read here.";
    }
    String held = "glibc's own heap held %d bytes".formatted(glibcBytes);
    if (gauged.size() < seen.size()) {
      return held + " in %d of %d processes.".formatted(gauged.size(), seen.size());
    }
    return held + ".";
  }

  /** The Java images that the processes run. */
  Set<Path> javaHomes() {
    return javaHomes;
  }
}
