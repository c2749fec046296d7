package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Code that has the words for looking malloc or free up with libc's handle: it calls dlopen and
 * dlsym, and has {@code libc.so.6} and {@code free} or {@code malloc} as strings of its own. The
 * handle's list is libc's alone (glibc, elf/dl-sym.c), so a replacement is never found there.
 */
final class HandleLookup implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.parts()) {
      if (!HeapView.isLibc(part) && !HeapView.isLoader(part) && hasWords(view, part)) {
        boolean replaced = part.arrival() != Arrival.LOOSE && view.replacement().isPresent();
        found.add(
            HazardKind.DLSYM_BY_HANDLE.at(
                part,
                replaced ? Severity.DANGER : Severity.NOTE,
                "%s calls dlopen and dlsym and has \"libc.so.6\" and \"%s\" among its strings."
                    .formatted(part.name(), word(view, part)),
                replaced
                    ? "The process's malloc is that of " + view.processHeap().get() + "."
                    : "It is harmless as long as libc's own malloc serves the process."));
      }
    }
    return found;
  }

  private static boolean hasWords(HeapView view, Part part) {
    return part.elf()
            .filter(elf -> elf.imports("dlsym") && elf.imports("dlopen"))
            .flatMap(elf -> view.texts(part))
            .filter(texts -> texts.hasString("libc.so.6"))
            .isPresent()
        && !word(view, part).isEmpty();
  }

  private static String word(HeapView view, Part part) {
    return List.of("free", "malloc", "realloc").stream()
        .filter(view.texts(part).orElseThrow()::hasString)
        .findFirst()
        .orElse("");
  }
}
