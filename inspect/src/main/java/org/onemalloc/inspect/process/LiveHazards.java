package org.onemalloc.inspect.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.objectfile.elf.GlibcNames;

/** Hazards that only a running process shows: choices that had no effect, and escapes. */
public final class LiveHazards {
  private LiveHazards() {}

  /**
   * Judges a live process.
   *
   * @param process the process
   * @param heap the module that provides its malloc, if known
   * @return the hazards in no particular order
   */
  public static List<Hazard> of(LiveProcess process, Optional<String> heap) {
    List<Hazard> found = new ArrayList<>(notPreloaded(process));
    heap.filter(name -> !GlibcNames.isLibc(name))
        .flatMap(name -> escape(process, name))
        .ifPresent(found::add);
    return found;
  }

  /**
   * Returns the preloaded libraries that are missing: the loader only writes a message to stderr
   * and continues (ld.so(8), "LD_PRELOAD").
   */
  private static List<Hazard> notPreloaded(LiveProcess process) {
    List<Hazard> found = new ArrayList<>();
    String preload = process.state().settings().getOrDefault("LD_PRELOAD", "");
    for (String name : preload.split("[ :]+", -1)) {
      if (!name.isEmpty() && process.parts().stream().noneMatch(part -> answersTo(part, name))) {
        found.add(
            new Hazard(
                "preload-not-loaded",
                Severity.WARNING,
                process.parts().getFirst().name(),
                List.of("LD_PRELOAD names " + name + ", and it is not mapped."),
                "The process runs on the allocator that it would have had without it.",
                "Correct the path, or start it with onemalloc run, which refuses instead."));
      }
    }
    return found;
  }

  private static boolean answersTo(Part part, String name) {
    if (name.startsWith("/proc/")) {
      return true; // a descriptor of another process, perhaps: its file has another name
    }
    String file = name.substring(name.lastIndexOf('/') + 1);
    return part.name().endsWith("/" + file)
        || part.elf()
            .flatMap(elf -> elf.soname())
            .filter(s -> s.equals(file) || s.equals(name))
            .isPresent();
  }

  private static Optional<Hazard> escape(LiveProcess process, String heap) {
    LiveState state = process.state();
    boolean known = state.glibcArenaBytes().isPresent() && state.glibcMappedBytes().isPresent();
    long least = state.glibcArenaBytes().orElse(0L) + state.glibcMappedBytes().orElse(0L);
    if (least == 0) {
      return Optional.empty(); // What is unknown is no evidence; a note says that it is unknown.
    }
    return Optional.of(
        new Hazard(
            "escape",
            Severity.WARNING,
            process.parts().getFirst().name(),
            List.of(
                "glibc's own heap holds %s%s, and the process's malloc is that of %s."
                    .formatted(known ? "" : "at least ", mebibytes(least), heap)),
            "Something allocates outside the chosen heap: a block that it passes to the other heap's free ends"
                + " the process, and blocks that it keeps are not counted.",
            "Find the module that binds elsewhere; for a Java program close the default lookup with"
                + " onemalloc run or onemalloc link."));
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
