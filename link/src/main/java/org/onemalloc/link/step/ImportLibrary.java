package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * Makes the import library, which the linker gets in place of the allocator. It has the same names
 * and empty functions. Its soname is the path, relative to the program, under which the allocator
 * is shipped. The linker copies that soname into DT_NEEDED (gABI, "Shared Object Dependencies"), so
 * the loader finds the allocator under that path.
 */
final class ImportLibrary {
  private ImportLibrary() {}

  static Path make(
      ElfFile allocator, String soname, String compiler, List<String> machine, Path work)
      throws IOException {
    TreeMap<String, String> names = new TreeMap<>();
    for (ElfSymbol symbol : allocator.dynamicSymbols()) {
      if (symbol.isExported() && symbol.name().matches("[A-Za-z_][A-Za-z0-9_]*")) {
        switch (symbol.type()) {
          // weak, because a program may define malloc_conf itself
          case OBJECT ->
              names.put(
                  symbol.name(),
                  "__attribute__((weak)) char %s[%d];\n"
                      .formatted(symbol.name(), Math.clamp(symbol.size(), 1, 1 << 16)));
          case FUNC, IFUNC, NOTYPE ->
              names.put(symbol.name(), "void %s(void) {}\n".formatted(symbol.name()));
          default -> {}
        }
      }
    }
    Path source = work.resolve("import.c");
    Files.writeString(source, String.join("", names.values()));
    Path library = work.resolve("libonemalloc-import.so");
    List<String> command = new ArrayList<>(List.of(compiler));
    command.addAll(machine);
    command.addAll(List.of("-x", "c", "-w", "-g0", "-O0", "-fPIC", "-fno-builtin", "-fno-lto"));
    command.addAll(List.of("-shared", "-nostdlib", source.toString()));
    command.addAll(List.of("-Xlinker", "-soname", "-Xlinker", soname, "-o", library.toString()));
    Processes.Result result = Processes.hear(command);
    if (result.exitCode() != 0) {
      throw LinkException.unusable(
          "%s cannot make the import library of %s (%s): give the link step of a C compiler, or set CC to one."
              .formatted(compiler, allocator.name(), Processes.lastWord(result.output(), work)));
    }
    return library;
  }
}
