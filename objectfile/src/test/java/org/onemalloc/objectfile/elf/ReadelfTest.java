package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReadelfTest {
  @TempDir Path directory;

  @Test
  void agreesWithReadelfOnEveryNativeLibrary() throws Exception {
    List<Path> files = new ArrayList<>();
    for (Native library : Native.all()) {
      files.add(Programs.write(directory, library + ".so", library.bytes()));
      files.add(Programs.write(directory, library + "-derived.so", library.preloadable()));
    }
    assertEquals(files.size(), compare(files));
  }

  @Test
  void agreesWithReadelfOnEveryProgramOfTheSystem() throws Exception {
    assertTrue(compare(elfFiles(Path.of("/usr/bin"))) > 0);
  }

  @Test
  void agreesWithReadelfOnTheJdk() throws Exception {
    assertTrue(compare(elfFiles(Path.of(System.getProperty("java.home")))) > 30);
  }

  @Test
  void agreesWithReadelfOnTheSystemsLibraries() throws Exception {
    List<Path> all = elfFiles(Path.of("/lib/" + multiarch()));
    List<Path> some = all.stream().filter(p -> size(p) < 3_000_000).toList();
    assertTrue(compare(some) > 0);
  }

  /**
   * As in Debian's lua5.4, the file defines versions, and its copy of stdin has a version of glibc.
   */
  @Test
  void agreesWithReadelfOnACopiedVariable() throws Exception {
    Path versions = Files.writeString(directory.resolve("versions"), "V1 { api; };");
    Path program =
        Programs.compile(
            directory,
            "copies.c",
            "-no-pie",
            "-fno-pie",
            "-rdynamic",
            "-Wl,--version-script=" + versions);
    List<String> copied =
        ElfFile.read(program).dynamicSymbols().stream()
            .filter(s -> s.isDefined() && s.name().equals("stdin"))
            .map(ElfSymbol::version)
            .toList();
    assertEquals(1, copied.size(), "stdin is not copied");
    assertTrue(copied.getFirst().startsWith("GLIBC_"), copied.getFirst());
    // readelf prints no file name if it gets only one file
    assertEquals(2, compare(List.of(program, program)));
  }

  private static String multiarch() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  }

  private static long size(Path file) {
    return file.toFile().length();
  }

  private static List<Path> elfFiles(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root, root.startsWith("/lib") ? 1 : 4)) {
      return paths.filter(ReadelfTest::isReadableElf).sorted().toList();
    }
  }

  private static boolean isReadableElf(Path path) {
    if (!Files.isRegularFile(path) || Files.isSymbolicLink(path) || !Files.isReadable(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return ElfHeader.hasMagic(in.readNBytes(4));
    } catch (IOException e) {
      return false;
    }
  }

  private static int compare(List<Path> files) throws Exception {
    Programs.assumeInstalled("readelf");
    if (files.isEmpty()) {
      return 0;
    }
    List<String> command =
        new ArrayList<>(List.of("readelf", "-W", "-d", "-l", "-r", "--dyn-syms"));
    files.forEach(f -> command.add(f.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    int compared = 0;
    try (BufferedReader lines = process.inputReader()) {
      ReadelfOutput expected = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("File: ")) {
          compared += check(expected);
          expected = new ReadelfOutput(Path.of(line.substring("File: ".length())));
        } else if (expected != null) {
          expected.add(line);
        }
      }
      compared += check(expected);
    }
    process.waitFor();
    return compared;
  }

  private static int check(ReadelfOutput expected) throws IOException {
    if (expected == null) {
      return 0;
    }
    ElfFile file = ElfFile.read(expected.file());
    if (file.type() == ElfType.REL) {
      return 0;
    }
    if (!file.isDynamic()) {
      expected.dropRelocations();
    }
    List<String> theirs = expected.lines();
    List<String> ours = ReadelfOutput.of(file, expected).lines();
    for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
      assertEquals(theirs.get(i), ours.get(i), file.name());
    }
    assertEquals(theirs.size(), ours.size(), file.name());
    return 1;
  }
}
