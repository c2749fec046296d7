package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.TextSearch;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * The facts about a mapped file that decide which file provides malloc.
 *
 * @param isProgram whether it was examined as the executable
 * @param isOfGlibc whether glibc's loader loads it; only valid for an executable
 * @param isGlibc whether it is glibc's C library
 * @param isOfMusl whether musl's loader loads it; only valid for an executable
 * @param isMusl whether it is musl's C library, which is its loader too
 * @param defines the functions of the malloc family that other files bind to it if it comes first;
 *     operators of C++ only if it does not pass them on to the family
 * @param calls the functions of the malloc family, and the operators of C++, that it calls and does
 *     not define
 * @param hasGlibcInside whether glibc's malloc is linked into it; only valid for a static
 *     executable
 * @param copies the allocators that it has inside for its own use
 * @param isEmulator whether it emulates another program, which has an allocator of its own; only
 *     valid for an executable
 * @param isAuditor whether the loader asks it where to bind symbols (rtld-audit(7))
 * @param needsGlibc whether the loader loads glibc's C library for it
 */
record FileFacts(
    boolean isProgram,
    boolean isOfGlibc,
    boolean isGlibc,
    boolean isOfMusl,
    boolean isMusl,
    Set<String> defines,
    Set<String> calls,
    boolean hasGlibcInside,
    List<String> copies,
    boolean isEmulator,
    boolean isAuditor,
    boolean needsGlibc) {

  /** A message of malloc/malloc.c since glibc 2.27, which is in every file that contains malloc. */
  private static final TextSearch GLIBC = new TextSearch(List.of("malloc(): corrupted top size"));

  private static final String NEW = "operator new";
  private static final String DELETE = "operator delete";

  /** For fonts, archives and locales, which are mapped too. */
  private static final FileFacts NONE =
      new FileFacts(
          false, false, false, false, false, Set.of(), Set.of(), false, List.of(), false, false,
          false);

  static FileFacts of(Path path, boolean program) throws IOException {
    try {
      ElfFile file = ElfFile.read(path);
      boolean musl = isMusl(file);
      boolean runtime = isRuntime(file) || musl || ProcessLookup.isOne(file);
      Set<String> defines = runtime ? Set.of() : defined(file);
      Optional<String> loader = file.interpreter();
      boolean glibc = ElfPrograms.isOfGlibc(file) || isLoader(file);
      return new FileFacts(
          program,
          glibc,
          file.exports("gnu_get_libc_version"),
          ElfPrograms.isOfMusl(file),
          musl,
          defines,
          calls(file),
          program && loader.isEmpty() && hasGlibcInside(file),
          runtime || defines.contains("malloc") ? List.of() : copies(file),
          program && ElfPrograms.isEmulator(file),
          file.exports("la_version"),
          file.needed().stream().anyMatch(GlibcNames::isLibc));
    } catch (ObjectFileException e) {
      return NONE;
    }
  }

  /** Returns whether other files bind their malloc to it if it comes first. */
  boolean exportsMalloc() {
    return defines.contains("malloc");
  }

  /** Returns whether it may give blocks of its own to other files. */
  boolean allocates() {
    return !defines.isEmpty();
  }

  private static Set<String> defined(ElfFile file) {
    Set<String> defined = new TreeSet<>();
    Set<String> taken = calls(file);
    for (ElfSymbol symbol : file.dynamicSymbols()) {
      String name = symbol.name();
      AllocationFunction kind = AllocationFunction.of(name).orElse(null);
      if (kind == AllocationFunction.FAMILY && !name.startsWith("__libc_")) {
        if (symbol.isExported()) {
          defined.add(name);
        }
      } else if (kind == AllocationFunction.OPERATOR && symbol.isExported()) {
        if (!passesOn(operator(name), taken)) {
          defined.add(operator(name));
        }
      }
    }
    return defined;
  }

  /**
   * Returns whether an operator of C++ that a file defines may call the malloc family of the
   * process: operator new takes blocks only from a function that allocates, and operator delete
   * gives them only to one that frees. A pool that calls {@code free} alone has blocks of its own.
   *
   * @param taken what the file calls and does not define
   */
  private static boolean passesOn(String operator, Set<String> taken) {
    return taken.stream()
        .anyMatch(
            call ->
                call.equals(operator)
                    || (operator.equals(NEW)
                        ? AllocationFunction.allocates(call)
                        : AllocationFunction.frees(call)));
  }

  private static Set<String> calls(ElfFile file) {
    Set<String> calls = new TreeSet<>();
    for (ElfSymbol symbol : file.dynamicSymbols()) {
      if (!symbol.isDefined()) {
        String name = symbol.name();
        AllocationFunction kind = AllocationFunction.of(name).orElse(null);
        if (kind == AllocationFunction.FAMILY) {
          calls.add(name);
        } else if (kind == AllocationFunction.OPERATOR) {
          calls.add(operator(name));
        }
      }
    }
    return calls;
  }

  private static String operator(String name) {
    return name.startsWith("_Zn") ? NEW : DELETE;
  }

  private static List<String> copies(ElfFile file) {
    return PrivateAllocators.in(file).stream().map(PrivateAllocator::name).toList();
  }

  private static boolean hasGlibcInside(ElfFile file) {
    boolean[] found = {false};
    file.findTexts(GLIBC, (text, place) -> found[0] = true);
    return found[0];
  }

  /**
   * Returns whether the file is a C or C++ library, or the loader, which before glibc 2.31 exports
   * a malloc that only it uses.
   */
  static boolean isRuntime(ElfFile file) {
    return file.soname()
        .filter(
            name ->
                ElfPrograms.isLoader(name)
                    || GlibcNames.isLibc(name)
                    || name.equals("libc.so")
                    || name.startsWith("libc.musl-")
                    || name.startsWith("libc++")
                    || name.startsWith("libstdc++."))
        .isPresent();
  }

  /**
   * Returns whether it is musl's C library, by what it defines: its SONAME differs, and Debian's
   * has none. An executable has nothing of this, nor has a library beside glibc.
   */
  private static boolean isMusl(ElfFile file) {
    return file.exports("__libc_start_main")
        && file.exports("malloc")
        && !file.exports("gnu_get_libc_version");
  }

  /**
   * Returns whether the file is the loader, which is the executable of a program started as {@code
   * ld.so PROGRAM}.
   */
  private static boolean isLoader(ElfFile file) {
    return file.soname().filter(GlibcNames::isLoader).isPresent();
  }
}
