package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * A replacement, or the library that it forwards its calls to, that finds its thread-local
 * variables through {@code __tls_get_addr} (glibc's NEWS for 2.39; the manual asks replacements for
 * initial-exec).
 */
final class DynamicTls implements Rule {
  private static final Pattern GLIBC = Pattern.compile("stable release version (\\d+)\\.(\\d+)");

  /** The first release in which the loader's own table never comes from a replaced malloc. */
  private static final int SAFE_MINOR = 41;

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    if (view.replacement().isEmpty() || isMusl(view)) {
      return found;
    }
    for (Part part : withWhatItCalls(view, view.replacement().get())) {
      // A sanitizer's runtime intercepts what would recurse.
      if (!StartHazards.isSanitizer(HeapView.fileName(part.name()))
          && part.elf().filter(ElfFile::hasDynamicTls).isPresent()) {
        found.add(
            HazardKind.GENERAL_DYNAMIC_TLS.at(
                part,
                isSafe(view) ? Severity.WARNING : Severity.DANGER,
                "%s has thread-local variables of the general-dynamic model (relocations DTPMOD)."
                    .formatted(part.name()),
                "The process's malloc is that of %s.".formatted(view.replacement().get().name())));
      }
    }
    return found;
  }

  /** Returns the replacement, and the libraries whose malloc it calls under another name. */
  private static Set<Part> withWhatItCalls(HeapView view, Part replacement) {
    Set<Part> all = new LinkedHashSet<>(List.of(replacement));
    for (ElfSymbol symbol : replacement.elf().map(ElfFile::dynamicSymbols).orElse(List.of())) {
      if (!symbol.isDefined() && symbol.name().endsWith("malloc")) {
        view.members().stream()
            .filter(part -> !HeapView.isLibc(part) && HeapView.defines(part, symbol.name()))
            .findFirst()
            .ifPresent(all::add);
      }
    }
    return all;
  }

  private static boolean isMusl(HeapView view) {
    return view.members().stream()
        .anyMatch(part -> HeapView.isLibc(part) && part.name().contains("musl"));
  }

  private static boolean isSafe(HeapView view) {
    Optional<ElfFile> libc =
        view.members().stream().filter(HeapView::isLibc).findFirst().flatMap(Part::elf);
    Matcher version = GLIBC.matcher(libc.flatMap(f -> f.findInReadOnlyData(GLIBC)).orElse(""));
    return version.matches()
        && Integer.parseInt(version.group(1)) == 2
        && Integer.parseInt(version.group(2)) >= SAFE_MINOR;
  }
}
