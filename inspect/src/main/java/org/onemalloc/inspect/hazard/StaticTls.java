package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;

/** Libraries that will be opened later and need room in the static TLS block (elf/dl-reloc.c). */
final class StaticTls implements Rule {
  /** The default of the tunable glibc.rtld.optional_static_tls (manual, "Dynamic Linking"). */
  private static final long PROMISED = 512;

  /**
   * What glibc reserves beside that for libraries and for dlmopen, most of which is still free
   * after an ordinary start (elf/dl-tls.c, _dl_tls_static_surplus_init): 3 of 224 bytes for libc in
   * other namespaces, 4 of 144 for other libraries.
   */
  private static final long SET_ASIDE = 3 * 224 + 4 * 144;

  private static final Pattern TUNABLE =
      Pattern.compile("glibc\\.rtld\\.optional_static_tls=(\\d{1,9}|0x[0-9a-fA-F]{1,7})");

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    if (view.subject().running()) {
      return found;
    }
    long promised = promised(view.subject().environment().getOrDefault("GLIBC_TUNABLES", ""));
    for (Part part : view.members()) {
      boolean later = part.arrival() == Arrival.OPENED || part.arrival() == Arrival.DEEPBOUND;
      if (later && part.elf().filter(elf -> wants(elf) > promised).isPresent()) {
        long wanted = wants(part.elf().get());
        found.add(
            HazardKind.INITIAL_EXEC_DLOPENED.at(
                part,
                wanted > promised + SET_ASIDE ? Severity.DANGER : Severity.WARNING,
                "%s is opened later and has %d bytes of thread-local variables of the initial-exec"
                        .formatted(part.name(), wanted)
                    + " model (DF_STATIC_TLS).",
                "%d bytes are always free (glibc.rtld.optional_static_tls), and at most about %d."
                    .formatted(promised, promised + SET_ASIDE)));
      }
    }
    return found;
  }

  private static long wants(ElfFile elf) {
    return elf.tlsSize() > PROMISED && elf.hasStaticTls() ? elf.tlsSize() : 0;
  }

  private static long promised(String tunables) {
    Matcher matcher = TUNABLE.matcher(tunables);
    return matcher.find() ? Math.max(PROMISED, Long.decode(matcher.group(1))) : PROMISED;
  }
}
