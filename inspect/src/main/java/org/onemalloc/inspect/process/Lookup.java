package org.onemalloc.inspect.process;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * The library that a Java virtual machine opens at the first use of {@code Linker.defaultLookup()}:
 * the libsyslookup.so of its image (jdk.internal.foreign.SystemLookup). The hazard exists even
 * before, while the library is not in the process.
 */
final class Lookup {
  private static final String JVM = "/libjvm.so";
  private static final String NAME = "libsyslookup.so";

  private Lookup() {}

  /** Returns the library, if the process has a virtual machine that has not opened it yet. */
  static Optional<LoadedModule> expected(ProcessFiles files, List<LoadedModule> modules) {
    boolean open = modules.stream().anyMatch(module -> isCalled(module, "/" + NAME));
    Optional<String> jvm =
        modules.stream()
            .map(LoadedModule::path)
            .filter(path -> path.endsWith(JVM) && path.indexOf('/') != path.lastIndexOf('/'))
            .findFirst();
    if (open || jvm.isEmpty() || modules.stream().anyMatch(Lookup::answersDlopen)) {
      return Optional.empty();
    }
    String variant = jvm.get().substring(0, jvm.get().length() - JVM.length());
    String path = variant.substring(0, variant.lastIndexOf('/') + 1) + NAME;
    try {
      return Optional.of(new LoadedModule(path, ElfFile.read(files.file(path)), List.of(), 0));
    } catch (IOException | ObjectFileException e) {
      return Optional.empty(); // a JDK before 16 has none
    }
  }

  /**
   * Returns whether a module has this name as its path or, for a library that replaces it, as its
   * SONAME.
   */
  private static boolean isCalled(LoadedModule module, String ending) {
    return module.path().endsWith(ending)
        || module.file().soname().filter(soname -> soname.endsWith(ending)).isPresent();
  }

  /**
   * Returns whether a module is the one that {@code run} preloads: it defines dlopen and nothing
   * else, in order to replace this library.
   */
  private static boolean answersDlopen(LoadedModule module) {
    List<String> exported =
        module.file().exports("dlopen")
            ? module.file().dynamicSymbols().stream()
                .filter(ElfSymbol::isExported)
                .map(ElfSymbol::name)
                .distinct()
                .toList()
            : List.of();
    return exported.equals(List.of("dlopen"));
  }
}
