package org.onemalloc.inspect.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;

@Tag("slow")
class StaticLibraryTest {
  @TempDir Path folder;

  private static List<String> names(byte[] library) throws IOException {
    return StaticLibrary.members(RandomBytes.of(library, "library"), "library").stream()
        .map(StaticLibrary.Member::name)
        .toList();
  }

  /** Those of the C library and of whatever else is installed. */
  private static List<Path> installed() throws IOException {
    List<Path> libraries = new ArrayList<>();
    for (String directory : List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-musl")) {
      if (Files.isDirectory(Path.of(directory))) {
        try (var files = Files.newDirectoryStream(Path.of(directory), "*.a")) {
          files.forEach(libraries::add);
        }
      }
    }
    return libraries;
  }

  @Test
  void listsWhatArLists() throws Exception {
    String ar = Tools.find("ar");
    int compared = 0;
    for (Path library : installed()) {
      byte[] content = Files.readAllBytes(library);
      if (StaticLibrary.isLibrary(content)) {
        List<String> theirs = Tools.run(List.of(ar, "t", library.toString()));
        assertEquals(theirs, names(content), library.toString());
        compared++;
      }
    }
    Assumptions.assumeTrue(compared > 0, "why: no static library is installed");
  }

  @Test
  void readsTheSymbolsThatNmReads() throws Exception {
    String nm = Tools.find("nm");
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libc.a");
    Assumptions.assumeTrue(Files.exists(library), "why: libc6-dev is not installed");
    List<String> ours = new ArrayList<>();
    NativeFiles.walk(
        library,
        file -> {
          for (ElfSymbol s : ElfFile.over(RealNatives.read(file), file.name()).linkerSymbols()) {
            if (s.binding() != ElfSymbol.Binding.LOCAL) {
              ours.add(s.name() + (s.isDefined() ? "" : " undefined"));
            }
          }
        },
        note -> {});
    List<String> theirs = new ArrayList<>();
    for (String line : Tools.run(List.of(nm, "-g", library.toString()))) {
      if (line.matches("[0-9a-f ]{16} [A-Za-z] .+")) {
        boolean undefined = line.charAt(17) == 'U' || line.startsWith(" ".repeat(17) + "w");
        theirs.add(line.substring(19) + (undefined ? " undefined" : ""));
      }
    }
    ours.sort(null);
    theirs.sort(null);
    assertEquals(theirs, ours);
    assertTrue(ours.contains("malloc"), "malloc");
  }

  @Test
  void knowsTheNamesOfBsd() throws IOException {
    String table = header("__.SYMDEF", 4) + "\0\0\0\0";
    String first = header("#1/20", 24) + "a name of twenty..\0\0" + "body";
    String second = header("short.o", 3) + "odd\n";
    byte[] library = bytes("!<arch>\n" + table + first + second);
    assertEquals(List.of("a name of twenty..", "short.o"), names(library));
    StaticLibrary.Member member =
        StaticLibrary.members(RandomBytes.of(library, "library"), "").getFirst();
    assertEquals("body", new String(member.content().read(0, 4), StandardCharsets.US_ASCII));
  }

  private static String header(String name, int size) {
    return "%-16s%-12d%-6d%-6d%-8s%-10d`\n".formatted(name, 0, 0, 0, "100644", size);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void refusesWhatIsDamagedInOneSentence() {
    for (String damaged :
        List.of(
            "!<arch>\nx",
            "!<arch>\n" + header("a.o", 5) + "body",
            "!<arch>\n" + header("/7", 4) + "body",
            "!<arch>\n" + header("#1/9", 4) + "body",
            "!<arch>\n" + header("#1/", 4) + "body",
            "!<arch>\n" + header("a.o", 4).replace('4', '-') + "body")) {
      ObjectFileException refusal =
          assertThrows(ObjectFileException.class, () -> names(bytes(damaged)), damaged);
      assertTrue(refusal.getMessage().endsWith("."), refusal.getMessage());
    }
  }

  @Test
  void comesToAnEndWhateverIsInIt() throws IOException {
    byte[] library =
        bytes(
            "!<arch>\n"
                + (header("//", 4000) + "x".repeat(4000))
                + (header("/3000", 4) + "body").repeat(200));
    assertEquals(200, names(library).size());
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      byte[] copy = Arrays.copyOf(library, 100 + random.nextInt(library.length - 100));
      for (int flips = random.nextInt(5); flips > 0; flips--) {
        copy[8 + random.nextInt(copy.length - 8)] = (byte) (32 + random.nextInt(96));
      }
      try {
        var _ = names(copy);
      } catch (ObjectFileException e) {
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
      }
    }
  }
}
