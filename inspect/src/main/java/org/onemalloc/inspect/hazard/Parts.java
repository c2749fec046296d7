package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.onemalloc.inspect.loader.Binding;
import org.onemalloc.inspect.loader.LoadedObject;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ProcessLookup;

/** Makes the parts of a process that the loader model predicts. */
public final class Parts {
  private Parts() {}

  /**
   * Returns the objects of a namespace, with the bindings of their allocating calls.
   *
   * @param namespace a process; objects opened in it by dlopen are {@link Arrival#OPENED}
   * @return in the order of loading
   * @throws org.onemalloc.objectfile.ObjectFileException if a table of an object is malformed
   */
  public static List<Part> of(Namespace namespace) {
    List<Part> parts = new ArrayList<>();
    for (LoadedObject object : namespace.objects()) {
      ElfFile elf = object.file();
      List<String> overrides = overrides(elf);
      NativeModule module =
          new NativeModule(
              object.name(),
              "elf",
              elf.machine().name(),
              object == namespace.program() ? Role.HOST : Role.GUEST,
              calls(namespace, object),
              overrides,
              PrivateAllocators.in(elf, overrides));
      parts.add(new Part(module, Optional.of(elf), arrival(namespace, object)));
    }
    return parts;
  }

  private static Arrival arrival(Namespace namespace, LoadedObject object) {
    if (object == namespace.program()) {
      return Arrival.PROGRAM;
    }
    LoadedObject root = object;
    while (root.loadedFor().isPresent()) {
      root = root.loadedFor().get();
    }
    return root == namespace.program() || ElfPrograms.isLoader(object.name())
        ? Arrival.START
        : Arrival.OPENED;
  }

  private static List<Call> calls(Namespace namespace, LoadedObject object) {
    List<Call> calls = new ArrayList<>();
    for (Binding binding : namespace.bindings(object, Parts::isAllocating)) {
      String version = binding.reference().version();
      Call call =
          new Call(
              binding.reference().symbol(),
              version.isEmpty() ? Optional.empty() : Optional.of(version),
              binding.reference().weak(),
              binding
                  .provider()
                  .flatMap(namespace::implementation)
                  .map(definition -> definition.object().name()));
      if (!calls.contains(call)) {
        calls.add(call);
      }
    }
    return calls;
  }

  private static List<String> overrides(ElfFile elf) {
    if (ProcessLookup.isOne(elf)) {
      return List.of(); // it leads to the malloc of the process
    }
    TreeSet<String> names = new TreeSet<>();
    for (ElfSymbol symbol : elf.dynamicSymbols()) {
      if (symbol.isExported()
          && AllocationFunction.of(symbol.name())
              .filter(AllocationFunction.FAMILY::equals)
              .isPresent()) {
        names.add(symbol.name());
      }
    }
    return List.copyOf(names);
  }

  private static boolean isAllocating(String symbol) {
    return AllocationFunction.of(symbol).isPresent() || TwoHeaps.isPrefixed(symbol);
  }
}
