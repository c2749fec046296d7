package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Code that can look malloc or free up with libc's handle: it calls dlopen and dlsym, and has
 * {@code libc.so.6} and {@code free} or {@code malloc} among its strings. The handle searches libc
 * only (glibc, elf/dl-sym.c), so it never finds a replacement.
 */
final class HandleLookup implements Rule {
  private static final String LIBC = "libc.so.6";
  private static final List<String> WORDS = List.of("free", "malloc", "realloc");
  private static final List<String> TEXTS = List.of(LIBC, "free", "malloc", "realloc");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (!HeapView.isLibc(part) && !HeapView.isLoader(part)) {
        word(part).map(word -> hazard(view, part, word)).ifPresent(found::add);
      }
    }
    return found;
  }

  private static Hazard hazard(HeapView view, Part part, String word) {
    boolean replaced = part.arrival() != Arrival.LOOSE && view.replacement().isPresent();
    return HazardKind.DLSYM_BY_HANDLE.at(
        part,
        replaced ? Severity.DANGER : Severity.NOTE,
        "%s calls dlopen and dlsym and has \"%s\" and \"%s\" among its strings."
            .formatted(part.name(), LIBC, word),
        replaced
            ? "The process's malloc is that of " + view.processHeap().get() + "."
            : "It is harmless as long as libc's own malloc serves the process.");
  }

  private static Optional<String> word(Part part) {
    Set<String> texts =
        part.elf()
            .filter(elf -> elf.imports("dlsym") && elf.imports("dlopen"))
            .map(elf -> Texts.in(elf, TEXTS))
            .orElse(Set.of());
    return texts.contains(LIBC)
        ? WORDS.stream().filter(texts::contains).findFirst()
        : Optional.empty();
  }
}
