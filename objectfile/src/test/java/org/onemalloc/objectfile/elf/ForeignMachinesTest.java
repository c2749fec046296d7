package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.NeededLibraries.Edit;

/**
 * Edits libraries for other machines, taken from Java libraries that contain them, 32-bit and
 * big-endian ones included. No edited file is run; readers from other projects check the edited
 * files.
 */
@Tag("slow")
class ForeignMachinesTest {
  private static final String NAME = "$ORIGIN/../lib/onemalloc/libmimalloc.so";
  private static final String ZSTD = "/linux/%s/libzstd-jni-1.5.7-28.so";
  private static final String JNA = "/com/sun/jna/linux-%s/libjnidispatch.so";

  @TempDir Path directory;

  static List<String> libraries() {
    return Stream.concat(
            Stream.of(
                    "aarch64",
                    "amd64",
                    "arm",
                    "i386",
                    "loongarch64",
                    "ppc64",
                    "ppc64le",
                    "riscv64",
                    "s390x")
                .map(ZSTD::formatted),
            Stream.of(
                    "aarch64",
                    "arm",
                    "armel",
                    "loongarch64",
                    "ppc",
                    "ppc64le",
                    "riscv64",
                    "s390x",
                    "x86",
                    "x86-64")
                .map(JNA::formatted))
        .toList();
  }

  private static byte[] content(String resource) throws IOException {
    try (InputStream in = ForeignMachinesTest.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void gainsOneNeededLibraryAndNothingElse(String resource) throws Exception {
    Programs.assumeInstalled("eu-elflint", "readelf", "llvm-readelf", "llvm-strip");
    final ElfFile before = ElfFile.of(content(resource), resource);
    Edit edit = NeededLibraries.first(before, NAME);
    System.out.printf(
        "%s: %s, %d bytes more%n",
        resource, edit.change(), edit.file().bytes().length - before.bytes().length);
    List<String> expected = new ArrayList<>(before.needed());
    expected.addFirst(NAME);
    assertEquals(expected, edit.file().needed());
    assertEquals(before.dynamicSymbols(), edit.file().dynamicSymbols());
    assertEquals(before.relocations(), edit.file().relocations());
    Path original = Programs.write(directory, "before.so", before.bytes());
    Path edited = Programs.write(directory, "edited.so", edit.file().bytes());
    final Path stripped = directory.resolve("stripped.so");
    Set<String> news = news(lint(original), lint(edited));
    List<String> readers = List.of("llvm-readelf", "readelf");
    if (edit.change() == NeededLibraries.Change.STRING_IN_PADDING) {
      // In this case the loader and LLVM add the offset to DT_STRTAB, but elflint and readelf to
      // .dynstr.
      news.removeIf(line -> line.contains("NEEDED value must be valid offset in section"));
      readers = List.of("llvm-readelf");
    }
    assertEquals(Set.of(), news);
    for (String reader : readers) {
      assertEquals(expected, needed(reader, edited), reader);
      // The versions are compared too. The order and the values of both tables must be unchanged.
      assertEquals(read(reader, "--dyn-syms", original), read(reader, "--dyn-syms", edited));
      assertEquals(read(reader, "-r", original), read(reader, "-r", edited));
    }
    Programs.succeed("llvm-strip", "-o", stripped.toString(), edited.toString());
    assertEquals(expected, needed("llvm-readelf", stripped));
    assertEquals(NeededLibraries.Change.NONE, NeededLibraries.first(edit.file(), NAME).change());
  }

  @Test
  void refusesMips() throws Exception {
    for (String resource : List.of(ZSTD.formatted("mips64"), JNA.formatted("mips64el"))) {
      ElfFile file = ElfFile.of(content(resource), resource);
      ObjectFileException refusal =
          assertThrows(ObjectFileException.class, () -> NeededLibraries.first(file, NAME));
      assertTrue(refusal.getMessage().contains("mips"), refusal.getMessage());
    }
  }

  private static String read(String reader, String option, Path file) throws Exception {
    return Programs.succeed(Map.of("LC_ALL", "C"), reader, option, "-W", file.toString())
        .replace(file.toString(), "FILE");
  }

  private static List<String> needed(String reader, Path file) throws Exception {
    return read(reader, "-d", file)
        .lines()
        .filter(line -> line.contains("(NEEDED)"))
        .map(line -> line.substring(line.indexOf('[') + 1, line.lastIndexOf(']')))
        .toList();
  }

  private static Set<String> lint(Path file) throws Exception {
    List<String> command = List.of("eu-elflint", "--gnu-ld", file.toString());
    String output = Programs.run(Map.of("LC_ALL", "C"), command).output();
    return new TreeSet<>(Arrays.asList(output.split("\n", -1)));
  }

  private static Set<String> news(Set<String> before, Set<String> after) {
    Set<String> news = new TreeSet<>(after);
    news.removeAll(before);
    return news;
  }
}
