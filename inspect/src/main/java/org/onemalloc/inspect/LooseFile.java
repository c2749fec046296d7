package org.onemalloc.inspect;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.hazard.Arrival;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/** An ELF file that the loader model did not open: in an archive, or for another machine. */
final class LooseFile {
  private LooseFile() {}

  /**
   * Describes a file from its symbols.
   *
   * @param host the process that would open it, if there is one; ignored if its machine or C
   *     library is another
   */
  static Part describe(ElfFile file, Optional<Namespace> host, boolean program) {
    return describe(file, PrivateAllocators.in(file), host, program);
  }

  /**
   * Describes a file from its symbols and the given allocators.
   *
   * @param allocators the private allocators whose code is in the file
   */
  static Part describe(
      ElfFile file, List<PrivateAllocator> allocators, Optional<Namespace> host, boolean program) {
    Optional<Namespace> usable = host.filter(namespace -> fits(file, namespace));
    Set<Call> calls = new LinkedHashSet<>();
    Set<String> overrides = new TreeSet<>();
    for (ElfSymbol symbol : file.dynamicSymbols()) {
      if (symbol.isExported() && AllocationFunction.isReplaceable(symbol.name())) {
        overrides.add(symbol.name());
      } else if (!symbol.isDefined() && AllocationFunction.of(symbol.name()).isPresent()) {
        calls.add(call(symbol, usable));
      }
    }
    NativeModule module =
        new NativeModule(
            file.name(),
            "elf",
            file.machine().name(),
            program ? Role.HOST : Role.GUEST,
            List.copyOf(calls),
            List.copyOf(overrides),
            PrivateAllocators.serves(overrides) ? List.of() : allocators);
    boolean opened = usable.isPresent() && !program;
    return new Part(module, Optional.of(file), opened ? Arrival.OPENED : Arrival.LOOSE);
  }

  /** A reference is looked up in the global scope first, whatever opens the file. */
  private static Call call(ElfSymbol symbol, Optional<Namespace> host) {
    return new Call(
        symbol.name(),
        symbol.version().isEmpty() ? Optional.empty() : Optional.of(symbol.version()),
        symbol.binding() == ElfSymbol.Binding.WEAK,
        host.flatMap(namespace -> namespace.dlsymDefault(namespace.program(), symbol.name()))
            .map(definition -> definition.object().name()));
  }

  /**
   * Whether machine and C library are the host's. A file needs musl if a needed name is one of
   * musl's.
   */
  private static boolean fits(ElfFile file, Namespace host) {
    boolean musl =
        file.needed().stream()
            .anyMatch(name -> name.startsWith("libc.musl") || name.equals("libc.so"));
    return file.kind().equals(host.program().file().kind()) && musl == host.isMusl();
  }
}
