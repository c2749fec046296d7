package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.onemalloc.allocators.proof.LoaderTrace.Binding;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * Finds the functions that an allocator calls and that the program, or a library that the loader
 * searches before the C library, defines. The loader binds the allocator's calls to them.
 */
final class ReplacedFunctions {
  /** The libraries of glibc, its loader, and the kernel's own object. */
  private static final Pattern C_LIBRARY =
      Pattern.compile(
          "(libc|libm|libdl|librt|libpthread)\\.so\\..*|(ld-|ld64\\.so|ld\\.so|linux-vdso).*");

  /** Functions of the C++ runtime. A process uses one copy of it, often one inside of a program. */
  private static final Pattern CPP_RUNTIME = Pattern.compile("_Z|__cxa_|__gxx_");

  /** The files whose functions an allocator may be bound to. */
  private final Set<String> expected = new HashSet<>();

  /**
   * Expects the C library, what the allocator needs, and what is preloaded: whoever preloads a
   * library wants its functions to replace others.
   */
  ReplacedFunctions(Path allocator, Path loader, Map<String, String> environment) {
    expected.add(loader.getFileName().toString());
    for (String library : environment.getOrDefault("LD_PRELOAD", "").split("[ :]", -1)) {
      expected.add(fileName(library));
    }
    try {
      expected.addAll(ElfFile.read(allocator).needed());
    } catch (IOException | ObjectFileException e) {
      return; // its bindings show that it was loaded
    }
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Returns the functions by the file that defines them. */
  SortedMap<String, SortedSet<String>> in(List<Binding> calls) {
    SortedMap<String, SortedSet<String>> replaced = new TreeMap<>();
    Map<String, Set<String>> byFile =
        calls.stream()
            .filter(call -> !isExpected(fileName(call.to())))
            .collect(
                Collectors.groupingBy(
                    Binding::to, Collectors.mapping(Binding::symbol, Collectors.toSet())));
    byFile.forEach(
        (file, names) -> {
          SortedSet<String> functions = functions(file, names);
          if (!functions.isEmpty()) {
            replaced.put(file, functions);
          }
        });
    return replaced;
  }

  private boolean isExpected(String fileName) {
    return expected.contains(fileName) || C_LIBRARY.matcher(fileName).matches();
  }

  /**
   * Returns those of the names that are functions of a file. The others are variables, which the
   * loader copies into a program, and entries of a program that lead to the C library.
   */
  private static SortedSet<String> functions(String file, Set<String> names) {
    try {
      return ElfFile.read(Path.of(file)).dynamicSymbols().stream()
          .filter(ElfSymbol::isExported)
          .filter(ReplacedFunctions::isFunction)
          .map(ElfSymbol::name)
          .filter(names::contains)
          .filter(name -> !CPP_RUNTIME.matcher(name).lookingAt())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException | ObjectFileException e) {
      return new TreeSet<>(names);
    }
  }

  private static boolean isFunction(ElfSymbol symbol) {
    return symbol.type() == ElfSymbol.Type.FUNC || symbol.type() == ElfSymbol.Type.IFUNC;
  }
}
