package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Java's lookups by handle under a replacement. {@code Linker.defaultLookup()} asks dlsym(3) with
 * the handle of the JDK's libsyslookup.so (jdk.internal.foreign.SystemLookup), whose list has libc
 * and not what was preloaded.
 */
final class DefaultLookup implements Rule {
  private static final int MOST_CLASSES = 5;

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    Optional<String> heap = view.replacement().map(Part::name);
    if (heap.isEmpty()) {
      return found;
    }
    for (Part part : view.members()) {
      String file = HeapView.fileName(part.name());
      Optional<Part> free = view.byHandle(part, "free");
      boolean misses = free.isPresent() && !free.get().name().equals(heap.get());
      if (file.equals("libsyslookup.so") && misses) {
        found.add(ofJava(view, part, free.get()));
      } else if (file.equals("libfontmanager.so") && misses && isForeignHarfBuzz(part)) {
        found.add(ofFonts(part, free.get(), heap.get()));
      }
    }
    return found;
  }

  private static Hazard ofJava(HeapView view, Part part, Part libc) {
    List<String> evidence = new ArrayList<>();
    evidence.add(
        "%s: dlsym with its handle finds the free of %s.".formatted(part.name(), libc.name()));
    evidence.add("The process's is that of %s.".formatted(view.processHeap().orElseThrow()));
    view.subject().javaLookups().stream()
        .limit(MOST_CLASSES)
        .map(name -> name + " looks malloc or free up there.")
        .forEach(evidence::add);
    return HazardKind.FFM_DEFAULT_LOOKUP.at(part, Severity.DANGER, evidence);
  }

  /** sun.font.HBShaper, from JDK 22 on, calls these two; before, harfbuzz was called through JNI. */
  private static boolean isForeignHarfBuzz(Part part) {
    return part.elf()
        .filter(elf -> elf.exports("HBCreateFace") && elf.exports("HBDisposeFace"))
        .isPresent();
  }

  private static Hazard ofFonts(Part part, Part libc, String heap) {
    return HazardKind.FFM_DEFAULT_LOOKUP.at(
        part,
        Severity.WARNING,
        ("%s: the JDK's sun.font.HBShaper allocates font tables with the malloc that its handle"
                + " finds, that of %s.")
            .formatted(part.name(), libc.name()),
        "%s frees them with the process's, that of %s, when a font is disposed of (JDK-8378603)."
            .formatted(part.name(), heap));
  }
}
