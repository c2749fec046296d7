package org.onemalloc.inspect.hazard;

import java.util.Objects;
import java.util.Optional;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * One module as the rules see it.
 *
 * @param module what it calls and who provides each call; providers are the names of other modules
 *     of the same subject. For an ELF file the calls include {@code __libc_*}, C++'s operators,
 *     glibc's own ({@code malloc_trim}, …) and the extended calls; for a PE file a provider is the
 *     DLL's name
 * @param elf its content, if it is an ELF file that could be read; rules take the soname,
 *     thread-local storage, exports and texts from it
 * @param arrival how it comes into the process
 */
public record Part(NativeModule module, Optional<ElfFile> elf, Arrival arrival) {
  /** Checks that nothing is null. */
  public Part {
    Objects.requireNonNull(module, "module");
    Objects.requireNonNull(elf, "elf");
    Objects.requireNonNull(arrival, "arrival");
  }

  /** Returns the name of the module. */
  public String name() {
    return module.name();
  }
}
