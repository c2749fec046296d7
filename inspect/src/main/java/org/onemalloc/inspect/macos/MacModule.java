package org.onemalloc.inspect.macos;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.objectfile.macho.MachoFile;
import org.onemalloc.objectfile.macho.MachoImport;
import org.onemalloc.objectfile.macho.MachoType;

/**
 * A Mach-O file, or a slice of one, and how it changes malloc for other modules.
 *
 * <p>An import names the library that it comes from, so the order of loading does not matter. A
 * file changes the bindings of others only by interposing, by a weak operator new or delete, by a
 * flat namespace, or by making itself the default malloc zone. Freeing a block of another zone is
 * safe: {@code free} asks each zone whether the block is its own.
 *
 * @param module what it calls, exports and carries; names without the leading underscore. An
 *     override is a function that it exports or interposes
 * @param interposed functions that it replaces in the whole process
 * @param replacesDefaultZone whether it registers and unregisters malloc zones, by which an
 *     allocator becomes the default one; in a process with several threads this can crash
 * @param flat calls that the first loaded file with that name provides, whichever it is
 */
public record MacModule(
    NativeModule module, List<String> interposed, boolean replacesDefaultZone, List<String> flat) {
  private static final Set<String> FAMILY =
      Set.of(
          "malloc",
          "calloc",
          "realloc",
          "reallocf",
          "free",
          "valloc",
          "posix_memalign",
          "aligned_alloc",
          "malloc_size",
          "malloc_good_size",
          "malloc_default_zone",
          "malloc_create_zone",
          "malloc_zone_malloc",
          "malloc_zone_calloc",
          "malloc_zone_realloc",
          "malloc_zone_memalign",
          "malloc_zone_valloc",
          "malloc_zone_free",
          "malloc_zone_from_ptr",
          "malloc_zone_register",
          "malloc_zone_unregister",
          "malloc_zone_pressure_relief",
          "strdup",
          "strndup",
          "realpath",
          "realpath$DARWIN_EXTSN",
          "asprintf",
          "getline",
          "mallocx",
          "rallocx",
          "xallocx",
          "sallocx",
          "nallocx",
          "dallocx",
          "sdallocx",
          "mallctl");

  public MacModule {
    interposed = List.copyOf(interposed);
    flat = List.copyOf(flat);
  }

  /**
   * Describes a file.
   *
   * @param name its name; for a slice of a fat file the architecture is appended
   * @param content its bytes
   * @return one module, or one for each slice
   * @throws org.onemalloc.objectfile.ObjectFileException if it is not a well-formed Mach-O file
   */
  public static List<MacModule> of(String name, byte[] content) {
    List<MachoFile> slices = MachoFile.read(content, name);
    List<MacModule> modules = new ArrayList<>();
    for (MachoFile slice : slices) {
      String label = slices.size() == 1 ? name : "%s (%s)".formatted(name, slice.architecture());
      modules.add(of(label, slice));
    }
    return List.copyOf(modules);
  }

  private static MacModule of(String name, MachoFile file) {
    Set<Call> calls = new LinkedHashSet<>();
    Set<String> flat = new LinkedHashSet<>();
    Set<String> wanted = new LinkedHashSet<>();
    for (MachoImport symbol : file.imports()) {
      String plain = plain(symbol.symbol());
      wanted.add(plain);
      if (isFamily(plain)) {
        calls.add(new Call(plain, Optional.empty(), symbol.weak(), provider(file, symbol)));
        if (symbol.ordinal() == MachoImport.FLAT_LOOKUP) {
          flat.add(plain);
        }
      }
    }
    List<String> interposed = file.interposed().stream().map(MacModule::plain).toList();
    Set<String> overrides = new LinkedHashSet<>();
    file.exports().stream()
        .map(e -> plain(e.symbol()))
        .filter(MacModule::isFamily)
        .forEach(overrides::add);
    interposed.stream().filter(MacModule::isFamily).forEach(overrides::add);
    NativeModule module =
        new NativeModule(
            name,
            "macho",
            file.architecture(),
            file.type() == MachoType.EXECUTE ? NativeModule.Role.HOST : NativeModule.Role.GUEST,
            List.copyOf(calls),
            List.copyOf(overrides),
            PrivateAllocators.in(file.bytes(), overrides));
    boolean zone =
        wanted.contains("malloc_zone_register") && wanted.contains("malloc_zone_unregister");
    return new MacModule(module, interposed, zone, List.copyOf(flat));
  }

  private static String plain(String symbol) {
    return symbol.startsWith("_") ? symbol.substring(1) : symbol;
  }

  private static boolean isFamily(String name) {
    return FAMILY.contains(name)
        || AllocationFunction.of(name).filter(AllocationFunction.OPERATOR::equals).isPresent();
  }

  /** Returns the library that an import names; empty if any file of the process may provide it. */
  private static Optional<String> provider(MachoFile file, MachoImport symbol) {
    int ordinal = symbol.ordinal();
    if (ordinal == MachoImport.SELF) {
      return Optional.of(file.installName().orElse(file.name()));
    }
    return ordinal > 0 && ordinal <= file.libraries().size()
        ? Optional.of(file.libraries().get(ordinal - 1).name())
        : Optional.empty();
  }
}
