package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfSymbol;

class BundledTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"MIMALLOC,62", "MIMALLOC,183", "JEMALLOC,62", "JEMALLOC,183"})
  void isAWellFormedReplacement(Kind kind, int machine) throws Exception {
    Bundled bundled = Bundled.of(kind, programs(machine)).orElseThrow();
    byte[] derived = bundled.derive();
    assertArrayEquals(derived, bundled.derive());
    ElfFile file = ElfFile.of(derived, kind.word());
    assertEquals(Optional.of("libonemalloc-" + kind.word() + ".so"), file.soname());
    for (String name : MallocFamily.REQUIRED) {
      assertTrue(file.exports(name), name);
    }
    String prefix = kind == Kind.MIMALLOC ? "one_mi_" : "je_";
    assertTrue(file.exports(prefix + "malloc"));
    assertEquals(
        file.exportsOf(prefix + "malloc").getFirst().value(),
        file.exportsOf("malloc").getFirst().value());
    assertTrue(file.exports("free_sized") && file.exports("cfree"));
    assertEquals(kind == Kind.JEMALLOC, file.exports("mallctl") && file.exports("sdallocx"));
    assertFalse(file.hasDynamicTls());
    lints(Files.write(directory.resolve("derived.so"), derived));
  }

  @Test
  void sharesNoNameWithAnotherMimallocButTheOneItIsKnownBy() {
    byte[] derived = Bundled.of(Kind.MIMALLOC, programs(62)).orElseThrow().derive();
    List<String> mimallocs =
        ElfFile.of(derived, "derived").dynamicSymbols().stream()
            .map(ElfSymbol::name)
            .filter(name -> name.startsWith("mi_"))
            .toList();
    assertEquals(List.of("mi_version"), mimallocs);
  }

  /** Returns the kind of 64-bit programs with a number of the gABI. */
  static ElfKind programs(int machine) {
    byte[] start = new byte[20];
    byte[] head = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    System.arraycopy(head, 0, start, 0, head.length);
    start[18] = (byte) machine;
    return ElfKind.of(start).orElseThrow();
  }

  private static void lints(Path library) {
    Shell.needs("eu-elflint");
    assertEquals(
        new Shell.Result(0, "No errors\n"),
        Shell.run(Map.of(), "eu-elflint", "--gnu-ld", library.toString()));
  }

  @ParameterizedTest
  @CsvSource({"MIMALLOC", "JEMALLOC"})
  void survivesStrip(Kind kind) throws Exception {
    Shell.needs("strip");
    Optional<Bundled> bundled = Bundled.of(kind);
    Path library = Files.write(directory.resolve("s.so"), bundled.orElseThrow().derive());
    assertEquals(0, Shell.run(Map.of(), "strip", library.toString()).exitCode());
    lints(library);
    assertEquals(
        new Shell.Result(0, ""), Shell.run(Map.of("LD_PRELOAD", library.toString()), "/bin/true"));
  }

  @Test
  void isNotOfferedForAnArchitectureItIsNotCarriedFor() {
    assertTrue(Bundled.of(Kind.MIMALLOC, programs(243)).isEmpty());
    assertTrue(Bundled.of(Kind.TCMALLOC, programs(62)).isEmpty());
  }
}
