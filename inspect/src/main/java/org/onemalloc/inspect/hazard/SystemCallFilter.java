package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * Programs that can install a filter of system calls, on a replacement, which makes other system
 * calls than the C library's malloc.
 */
final class SystemCallFilter implements Rule {
  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    Optional<Part> replacement = view.replacement();
    if (replacement.isEmpty()) {
      return found;
    }
    for (Part part : view.members()) {
      if (!HeapView.isLibc(part)
          && part.elf().filter(ElfPrograms::canFilterSystemCalls).isPresent()) {
        found.add(
            HazardKind.SYSTEM_CALL_FILTER.at(
                part,
                Severity.WARNING,
                part.name() + " can install a filter of system calls (seccomp).",
                "The process's malloc is that of %s.".formatted(replacement.get().name())));
      }
    }
    return found;
  }
}
