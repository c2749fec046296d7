package org.onemalloc.inspect.windows;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.pe.PeExport;
import org.onemalloc.objectfile.pe.PeFile;
import org.onemalloc.objectfile.pe.PeImport;

/**
 * A PE file and the C runtimes whose heaps it uses. On Windows an import names its DLL, so the
 * provider is certain, and the order of loading does not matter.
 *
 * @param module the file as a module: its calls, its exports, and the allocators linked into it
 * @param runtimes the C runtimes that it allocates or frees with, including a copy that is linked
 *     into it; more than one is a hazard unless they share a heap ({@link CRuntime#isOneHeapWith})
 */
public record WindowsModule(NativeModule module, List<CRuntime> runtimes) {
  private static final Set<String> FAMILY =
      Set.of(
          "malloc",
          "calloc",
          "realloc",
          "free",
          "_recalloc",
          "_expand",
          "_msize",
          "_strdup",
          "strdup",
          "_wcsdup",
          "_aligned_malloc",
          "_aligned_realloc",
          "_aligned_recalloc",
          "_aligned_offset_malloc",
          "_aligned_free",
          "_aligned_msize",
          "_malloc_dbg",
          "_calloc_dbg",
          "_realloc_dbg",
          "_free_dbg",
          "_malloc_base",
          "_calloc_base",
          "_realloc_base",
          "_free_base",
          "mallocx",
          "rallocx",
          "xallocx",
          "sallocx",
          "nallocx",
          "dallocx",
          "sdallocx",
          "mallctl");

  /** The heap functions of Windows that a C runtime calls (heapapi.h). */
  private static final Set<String> HEAP_CALLS =
      Set.of(
          "HeapAlloc",
          "HeapReAlloc",
          "HeapFree",
          "HeapSize",
          "HeapCreate",
          "HeapDestroy",
          "GetProcessHeap");

  /** The start of the mangled names of the operators new, delete, new[] and delete[]. */
  private static final List<String> OPERATORS = List.of("??2@Y", "??3@Y", "??_U@Y", "??_V@Y");

  public WindowsModule {
    runtimes = List.copyOf(runtimes);
  }

  /**
   * Describes a file.
   *
   * @param name the name of the file
   * @param content the bytes of the file
   * @throws org.onemalloc.objectfile.ObjectFileException if the file is not a well-formed PE file
   */
  public static WindowsModule of(String name, byte[] content) {
    PeFile file = PeFile.read(content, name);
    List<PeImport> imports = file.imports();
    List<Call> calls = new ArrayList<>();
    Set<CRuntime> runtimes = new LinkedHashSet<>();
    for (PeImport wanted : imports) {
      if (isFamily(wanted.symbol())) {
        String provider = ApiSets.resolve(wanted.library());
        calls.add(new Call(wanted.symbol(), Optional.empty(), false, Optional.of(provider)));
        CRuntime.of(provider).ifPresent(runtimes::add);
      }
    }
    if (runtimes.isEmpty()) {
      ownCopy(imports).ifPresent(runtimes::add);
      imports.stream()
          .filter(wanted -> HEAP_CALLS.contains(wanted.symbol()) && !runtimes.isEmpty())
          .map(
              wanted ->
                  new Call(
                      wanted.symbol(),
                      Optional.empty(),
                      false,
                      Optional.of(ApiSets.resolve(wanted.library()))))
          .forEach(calls::add);
    }
    List<String> overrides =
        file.exports().stream()
            .map(PeExport::symbol)
            .filter(WindowsModule::isFamily)
            .collect(Collectors.toList());
    List<PrivateAllocator> allocators = PrivateAllocators.in(content, overrides);
    NativeModule.Role role = file.isDll() ? NativeModule.Role.GUEST : NativeModule.Role.HOST;
    return new WindowsModule(
        new NativeModule(name, "pe", file.architecture(), role, calls, overrides, allocators),
        List.copyOf(runtimes));
  }

  private static boolean isFamily(String symbol) {
    return FAMILY.contains(symbol) || OPERATORS.stream().anyMatch(symbol::startsWith);
  }

  /**
   * Returns the C runtime that is linked into the file, if the file allocates with it: then the
   * file imports the heap functions of Windows. A file that calls these functions without a C
   * runtime has the same imports and is treated in the same way.
   */
  private static Optional<CRuntime> ownCopy(List<PeImport> imports) {
    Set<String> symbols = imports.stream().map(PeImport::symbol).collect(Collectors.toSet());
    if (!symbols.contains("HeapAlloc")) {
      return Optional.empty();
    }
    if (symbols.contains("HeapCreate")) {
      return Optional.of(CRuntime.STATIC_OWN);
    }
    return symbols.contains("GetProcessHeap")
        ? Optional.of(CRuntime.STATIC_UNIVERSAL)
        : Optional.empty();
  }
}
