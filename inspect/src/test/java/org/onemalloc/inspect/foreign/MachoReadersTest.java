package org.onemalloc.inspect.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.objectfile.macho.MachoExport;
import org.onemalloc.objectfile.macho.MachoFile;
import org.onemalloc.objectfile.macho.MachoImport;

@Tag("slow")
class MachoReadersTest {
  @TempDir Path directory;

  /** What a slice binds and exports: for each symbol of a table, where it comes from. */
  private static final class Slice {
    final Map<String, Set<String>> sources = new TreeMap<>();

    void removeChained() {
      sources.keySet().removeIf(key -> key.startsWith("chained "));
    }

    void add(String table, String symbol, String source) {
      sources.computeIfAbsent(table + " " + symbol, _ -> new TreeSet<>()).add(source);
    }
  }

  @Test
  void agreesWithLlvmOnEveryRealFile() throws Exception {
    List<Path> files = RealNatives.write(directory, NativeFormat.MACHO);
    List<String> tables =
        List.of("--bind", "--lazy-bind", "--weak-bind", "--exports-trie", "--chained-fixups");
    String objdump = Tools.find("llvm-objdump", tables.toArray(String[]::new));
    List<String> command = new ArrayList<>(List.of(objdump, "--macho", "--arch=all"));
    command.addAll(tables);
    files.forEach(f -> command.add(f.toString()));
    List<Slice> theirs = parse(Tools.run(command), directory.toString());
    List<Slice> ours = new ArrayList<>();
    for (Path file : files) {
      for (MachoFile slice : MachoFile.read(Files.readAllBytes(file), file.toString())) {
        if (isBoundBySymbolTable(slice)) {
          agreesWithNm(file, slice);
          theirs.remove(ours.size());
        } else {
          Slice own = of(slice);
          if (hasUnreadNames(theirs.get(ours.size()))) {
            importsWhatNmLists(file, slice);
            theirs.get(ours.size()).removeChained();
            own.removeChained();
          }
          ours.add(own);
        }
      }
    }
    assertEquals(theirs.size(), ours.size());
    int compared = 0;
    for (int i = 0; i < ours.size(); i++) {
      compared += compare(theirs.get(i), ours.get(i));
    }
    System.out.println(
        "Mach-O: %d slices, %d imports and exports as in llvm-objdump"
            .formatted(ours.size(), compared));
    assertTrue(ours.size() >= 20 && compared > 10_000, ours.size() + " " + compared);
  }

  /** Old files have no dyld tables, and llvm-objdump nothing to print. */
  private static boolean isBoundBySymbolTable(MachoFile file) {
    return file.imports().stream().anyMatch(i -> i.table() == MachoImport.Table.SYMBOL_TABLE);
  }

  /**
   * LLVM 19 reads no names of imports with 64-bit addends (DYLD_CHAINED_IMPORT_ADDEND64): all are
   * empty and at offset 0.
   */
  private static boolean hasUnreadNames(Slice theirs) {
    return theirs.sources.containsKey("chained ");
  }

  /** A weak definition may be imported by the file that has it: nm does not list it undefined. */
  private static void importsWhatNmLists(Path path, MachoFile file) throws Exception {
    Set<String> imports = new TreeSet<>();
    file.imports().forEach(i -> imports.add(i.symbol()));
    assertTrue(imports.containsAll(nm(path, "-u")));
    assertTrue(nm(path, "-g").containsAll(imports));
  }

  private static Set<String> nm(Path path, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(Tools.find("llvm-nm", "-j", "-U"), "-j"));
    command.addAll(List.of(options));
    command.add(path.toString());
    Set<String> names = new TreeSet<>();
    Tools.run(command).forEach(line -> names.add(line.strip()));
    return names;
  }

  private static void agreesWithNm(Path path, MachoFile file) throws Exception {
    Set<String> exports = new TreeSet<>();
    file.exports().forEach(e -> exports.add(e.symbol()));
    Set<String> imports = new TreeSet<>();
    file.imports().forEach(i -> imports.add(i.symbol()));
    assertEquals(nm(path, "-g", "-U"), exports);
    assertEquals(nm(path, "-g", "-u"), imports);
  }

  private static Set<String> without(Slice some, Slice others) {
    Set<String> rest = new TreeSet<>(some.sources.keySet());
    rest.removeAll(others.sources.keySet());
    return rest;
  }

  private static int compare(Slice theirs, Slice ours) {
    assertEquals(Set.of(), without(theirs, ours), "missing");
    assertEquals(Set.of(), without(ours, theirs), "too many");
    theirs.sources.forEach(
        (symbol, sources) -> {
          Set<String> own = ours.sources.get(symbol);
          assertEquals(sources.size(), own.size(), symbol + own + sources);
          // LLVM shortens a library's name: libSystem for /usr/lib/libSystem.B.dylib.
          assertTrue(
              sources.stream().allMatch(s -> own.stream().anyMatch(o -> o.startsWith(s))),
              () -> symbol + " " + own + " " + sources);
        });
    return ours.sources.size();
  }

  private static Slice of(MachoFile file) {
    Slice slice = new Slice();
    for (MachoImport symbol : file.imports()) {
      String name = symbol.symbol() + (symbol.weak() ? " (weak import)" : "");
      int ordinal = symbol.ordinal();
      switch (symbol.table()) {
        case CHAINED -> slice.add("chained", symbol.symbol(), ordinal + " " + symbol.weak());
        case WEAK_BIND -> slice.add("weak", symbol.symbol(), "");
        case BIND -> slice.add("bind", name, library(file, ordinal));
        case LAZY_BIND -> slice.add("lazy", symbol.symbol(), library(file, ordinal));
        case SYMBOL_TABLE -> {}
      }
    }
    for (MachoExport export : file.exports()) {
      assertEquals(export, file.export(export.symbol()).orElseThrow());
      String address = export.reexport().isPresent() ? "" : "%016X".formatted(export.address());
      slice.add("export", export.symbol(), address + (export.weak() ? " weak" : ""));
    }
    return slice;
  }

  private static String library(MachoFile file, int ordinal) {
    return switch (ordinal) {
      case MachoImport.SELF -> "this-image";
      case MachoImport.MAIN_EXECUTABLE -> "main-executable";
      case MachoImport.FLAT_LOOKUP -> "flat-namespace";
      case MachoImport.WEAK_LOOKUP -> "weak";
      default -> {
        String name = file.libraries().get(ordinal - 1).name();
        yield name.substring(name.lastIndexOf('/') + 1);
      }
    };
  }

  /** What llvm-objdump prints: a line for each file and slice, then its tables. */
  private static List<Slice> parse(List<String> lines, String directory) {
    List<Slice> slices = new ArrayList<>();
    String table = "";
    String ordinal = "";
    String weak = "";
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", -1);
      if (line.startsWith(directory)) {
        slices.add(new Slice());
        table = "";
      } else if (line.endsWith("able:") || line.equals("Exports trie:")) {
        table = line;
      } else if (line.startsWith("dyld chained import[")) {
        table = "";
      } else if (line.contains(" lib_ordinal = ")) {
        ordinal = words[2];
      } else if (line.contains(" weak_import = ")) {
        weak = words[2];
      } else if (line.contains(" name_offset = ") && line.endsWith(")")) {
        String name = words[3].substring(1, words[3].length() - 1);
        slices.getLast().add("chained", name, ordinal + " " + weak.equals("1"));
      } else if (!line.isBlank() && !line.startsWith("segment ") && !words[0].equals("strong")) {
        entry(slices.getLast(), table, line, words);
      }
    }
    return slices;
  }

  private static void entry(Slice slice, String table, String line, String[] words) {
    switch (table) {
      case "Bind table:" ->
          slice.add(
              "bind",
              words[6] + (line.endsWith("(weak_import)") ? " (weak import)" : ""),
              words[5]);
      case "Lazy bind table:" -> slice.add("lazy", words[4], words[3]);
      case "Weak bind table:" -> slice.add("weak", words[5], "");
      case "Exports trie:" -> {
        boolean reexport = words[0].equals("[re-export]");
        String address =
            reexport ? "" : "%016X".formatted(Long.parseUnsignedLong(words[0].substring(2), 16));
        slice.add("export", words[1], address + (line.contains("[weak_def]") ? " weak" : ""));
      }
      default -> {}
    }
  }
}
