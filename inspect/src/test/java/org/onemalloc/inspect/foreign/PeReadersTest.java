package org.onemalloc.inspect.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.objectfile.pe.PeExport;
import org.onemalloc.objectfile.pe.PeFile;
import org.onemalloc.objectfile.pe.PeImport;

@Tag("slow")
class PeReadersTest {
  private static final String SCRIPT =
      """
      import sys
      try:
        import pefile
      except ImportError:
        sys.exit(77)
      pefile.MAX_SYMBOL_NAME_LENGTH = 1 << 20
      text = lambda b: (b or b'').decode()
      for path in sys.argv[1:]:
        pe = pefile.PE(path, fast_load=True, max_symbol_exports=1 << 20)
        pe.parse_data_directories([0, 1, 13])
        print('file', path, pe.is_dll(), hex(pe.FILE_HEADER.Machine), sep='|')
        for kind in 'IMPORT', 'DELAY_IMPORT':
          for library in getattr(pe, 'DIRECTORY_ENTRY_' + kind, []):
            for i in library.imports:
              number = i.ordinal if i.import_by_ordinal else 0
              name = '' if i.import_by_ordinal else text(i.name)
              print('import', text(library.dll), name, number, kind == 'DELAY_IMPORT', sep='|')
        for e in getattr(getattr(pe, 'DIRECTORY_ENTRY_EXPORT', None), 'symbols', []):
          address = 0 if e.forwarder else e.address
          print('export', e.ordinal, text(e.name), address, text(e.forwarder), sep='|')
      """;

  @TempDir Path directory;

  /** The distribution's Python, which its packages are for, is not always the first on the PATH. */
  private static String withPefile(Path script) throws Exception {
    for (String python : List.of(Tools.find("python3"), "/usr/bin/python3")) {
      if (Files.isExecutable(Path.of(python))
          && new ProcessBuilder(python, script.toString()).inheritIO().start().waitFor() == 0) {
        return python;
      }
    }
    return Assumptions.abort("why: python3-pefile is not installed");
  }

  @Test
  void agreesWithPefileOnEveryRealFile() throws Exception {
    Path script = Files.writeString(directory.resolve("script.py"), SCRIPT);
    Path inputs = Files.createDirectory(directory.resolve("files"));
    List<Path> files = RealNatives.write(inputs, NativeFormat.PE);
    assertTrue(files.size() >= 25, files.size() + " files");
    String python = withPefile(script);
    List<String> command = new ArrayList<>(List.of(python, script.toString()));
    files.forEach(f -> command.add(f.toString()));
    TreeSet<String> theirs = new TreeSet<>();
    String file = "";
    for (String line : Tools.run(command)) {
      file = line.startsWith("file|") ? line.split("\\|", -1)[1] : file;
      theirs.add(file + " " + line);
    }
    TreeSet<String> ours = new TreeSet<>();
    files.forEach(f -> describe(f, ours));
    assertEquals(String.join("\n", theirs), String.join("\n", ours));
    System.out.println(
        "PE: %d files, %d imports and exports as in pefile"
            .formatted(files.size(), ours.size() - files.size()));
  }

  private static void describe(Path path, Set<String> lines) {
    try {
      PeFile file = PeFile.read(Files.readAllBytes(path), path.toString());
      String machine =
          switch (file.architecture()) {
            case "x86" -> "0x14c";
            case "x86-64" -> "0x8664";
            case "aarch64" -> "0xaa64";
            case "arm" -> "0x1c4";
            default -> file.architecture();
          };
      lines.add("%s file|%s|%s|%s".formatted(path, path, python(file.isDll()), machine));
      for (PeImport i : file.imports()) {
        lines.add(
            "%s import|%s|%s|%d|%s"
                .formatted(path, i.library(), i.symbol(), i.ordinal(), python(i.delayed())));
      }
      for (PeExport e : file.exports()) {
        lines.add(
            "%s export|%d|%s|%d|%s"
                .formatted(path, e.ordinal(), e.symbol(), e.address(), e.forwarder().orElse("")));
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String python(boolean value) {
    return value ? "True" : "False";
  }

  @Test
  void agreesWithLlvmOnEveryImport() throws Exception {
    List<Path> files = RealNatives.write(directory, NativeFormat.PE);
    String readobj = Tools.find("llvm-readobj", "--coff-imports");
    List<String> command = new ArrayList<>(List.of(readobj, "--coff-imports"));
    files.forEach(f -> command.add(f.toString()));
    List<String> theirs = new ArrayList<>();
    String file = "";
    String library = "";
    for (String line : Tools.run(command)) {
      String[] words = line.strip().split(" ", -1);
      if (words[0].equals("File:")) {
        file = words[1];
      } else if (words[0].equals("Name:")) {
        library = words[1];
      } else if (words[0].equals("Symbol:")) {
        // "Symbol: malloc (24)" has the hint behind it, "Symbol:  (17)" the ordinal.
        theirs.add(file + " " + library + " " + (words[1].isEmpty() ? words[2] : words[1]));
      }
    }
    List<String> ours = new ArrayList<>();
    for (Path path : files) {
      for (PeImport i : PeFile.read(Files.readAllBytes(path), path.toString()).imports()) {
        String name = i.symbol().isEmpty() ? "(" + i.ordinal() + ")" : i.symbol();
        ours.add(path + " " + i.library() + " " + name);
      }
    }
    theirs.sort(null);
    ours.sort(null);
    assertEquals(String.join("\n", theirs), String.join("\n", ours));
  }
}
