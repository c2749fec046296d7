package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class DerivedLibraryTest {
  @TempDir Path directory;

  static List<Native> natives() {
    return Native.all();
  }

  static List<Native> runnable() {
    return List.of(Native.MIMALLOC, Native.JEMALLOC);
  }

  @ParameterizedTest
  @MethodSource("natives")
  void keepsEveryOldNameAndAddsTheNewOnes(Native library) throws IOException {
    ElfFile before = library.file();
    ElfFile after = library.derived();
    int old = before.dynamicSymbols().size();
    assertEquals(before.dynamicSymbols(), after.dynamicSymbols().subList(0, old));
    assertEquals(before.relocations(), after.relocations());
    for (ElfSymbol symbol : before.dynamicSymbols()) {
      assertEquals(before.exports(symbol.name()), after.exports(symbol.name()), symbol.name());
    }
    for (Map.Entry<String, String> alias : library.aliases().entrySet()) {
      ElfSymbol expected = before.exportsOf(alias.getValue()).getFirst();
      ElfSymbol actual = after.exportsOf(alias.getKey()).getFirst();
      assertEquals(expected.value(), actual.value());
      assertEquals(expected.size(), actual.size());
      assertEquals("", actual.version());
    }
    assertTrue(!after.exports("no_such_function"));
    assertEquals("libonemalloc-" + library.allocator() + ".so", after.soname().orElseThrow());
    assertEquals(before.needed(), after.needed());
  }

  @ParameterizedTest
  @MethodSource("natives")
  void replacesNamesAndKeepsTheirPlaces(Native library) throws Exception {
    ElfFile before = library.file();
    String old = library.allocator().equals("mimalloc") ? "mi_malloc" : "je_malloc";
    Map<String, String> replaced = Map.of(old, "a_new_name");
    byte[] content = AliasSymbols.add(before, Map.of("malloc", old), replaced, "libnew.so");
    ElfFile after = ElfFile.of(content, "replaced " + library);
    ElfSymbol was = before.exportsOf(old).getFirst();
    assertTrue(!after.exports(old));
    assertEquals(was.index(), after.exportsOf("a_new_name").getFirst().index());
    assertEquals(was.value(), after.exportsOf("malloc").getFirst().value());
    for (ElfSymbol symbol : before.dynamicSymbols()) {
      if (!symbol.name().equals(old)) {
        assertEquals(before.exports(symbol.name()), after.exports(symbol.name()), symbol.name());
      }
    }
    Programs.assumeInstalled("eu-elflint");
    Path written = Programs.write(directory, "replaced.so", content);
    assertEquals(elflint(Programs.write(directory, "was.so", library.bytes())), elflint(written));
  }

  @ParameterizedTest
  @MethodSource("natives")
  void givesTheSameBytesEveryTime(Native library) throws IOException {
    assertArrayEquals(library.preloadable(), library.preloadable());
  }

  @ParameterizedTest
  @MethodSource("natives")
  void givesElflintNothingNewToSay(Native library) throws Exception {
    Programs.assumeInstalled("eu-elflint");
    Path before = Programs.write(directory, "before.so", library.bytes());
    Path after = Programs.write(directory, "after.so", library.preloadable());
    Path noNewSoname =
        Programs.write(directory, "same.so", AliasSymbols.add(library.file(), library.aliases()));
    assertEquals(elflint(before), elflint(after));
    assertEquals(elflint(before), elflint(noNewSoname));
    for (Path stripped : stripped(after, library)) {
      assertEquals(elflint(before), elflint(stripped), stripped.toString());
      ElfFile file = ElfFile.read(stripped);
      for (String alias : library.aliases().keySet()) {
        assertTrue(file.exports(alias), stripped + " " + alias);
      }
    }
  }

  private static String elflint(Path file) throws Exception {
    List<String> command = List.of("eu-elflint", "--gnu-ld", file.toString());
    return Programs.run(Map.of("LC_ALL", "C"), command).output();
  }

  private List<Path> stripped(Path file, Native library) throws Exception {
    List<Path> results = new ArrayList<>();
    for (String tool : List.of("strip", "llvm-strip")) {
      Programs.assumeInstalled(tool);
      if (tool.equals("llvm-strip") || runnable().contains(library)) {
        Path result = directory.resolve(tool + ".so");
        Programs.succeed(tool, "-o", result.toString(), file.toString());
        results.add(result);
      }
    }
    return results;
  }

  @ParameterizedTest
  @MethodSource("runnable")
  void providesTheWholeFamilyToAProgram(Native library) throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "family.c");
    Path whole = Programs.write(directory, "whole.so", library.preloadable());
    List<Path> variants = new ArrayList<>(List.of(whole));
    variants.addAll(stripped(whole, library));
    List<String> names = List.copyOf(library.aliases().keySet());
    for (Path variant : variants) {
      List<String> command = new ArrayList<>(List.of(program.toString()));
      command.addAll(names);
      String output =
          Programs.succeed(
              Map.of("LD_PRELOAD", variant.toString()), command.toArray(String[]::new));
      List<String> expected = new ArrayList<>();
      names.forEach(name -> expected.add(name + " " + variant));
      if (names.contains("reallocarray")) {
        expected.add("glibc-heap 0");
      }
      assertTrue(output.lines().toList().containsAll(expected), output);
    }
  }

  @ParameterizedTest
  @MethodSource("runnable")
  void isWhatTheLoaderBindsMallocTo(Native library) throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "family.c");
    Path preload = Programs.write(directory, "preload.so", library.preloadable());
    String output =
        Programs.succeed(
            Map.of("LD_PRELOAD", preload.toString(), "LD_DEBUG", "bindings", "LD_BIND_NOW", "1"),
            program.toString());
    for (String name : List.of("malloc", "free", "calloc", "realloc", "memalign", "valloc")) {
      String binding =
          "binding file %s [0] to %s [0]: normal symbol `%s'".formatted(program, preload, name);
      assertTrue(output.contains(binding), name);
    }
    String libc = "(?s).*libc.so.6 \\[0\\] to [^ ]*preload.so \\[0\\]: normal symbol `malloc'.*";
    assertTrue(output.matches(libc), output);
  }

  @ParameterizedTest
  @MethodSource("runnable")
  void survivesForksWithThreads(Native library) throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "forks.c", "-pthread");
    Path preload = Programs.write(directory, "preload.so", library.preloadable());
    Programs.succeed(Map.of("LD_PRELOAD", preload.toString()), program.toString());
  }

  @ParameterizedTest
  @MethodSource("runnable")
  void survivesFortyLibrariesWithThreadLocalStorage(Native library) throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "opens.c", "-pthread");
    Path preload = Programs.write(directory, "preload.so", library.preloadable());
    List<String> command = new ArrayList<>(List.of(program.toString()));
    Programs.tlsLibraries(directory).forEach(l -> command.add(l.toString()));
    String output =
        Programs.succeed(Map.of("LD_PRELOAD", preload.toString()), command.toArray(String[]::new));
    assertEquals("opened 40\n", output);
  }

  @ParameterizedTest
  @MethodSource("runnable")
  void letsAJvmLoadFortyLibrariesWithThreadLocalStorage(Native library) throws Exception {
    Programs.assumeX64Linux();
    Path preload = Programs.write(directory, "preload.so", library.preloadable());
    String output = Programs.loadInJvm(preload, Programs.tlsLibraries(directory));
    assertEquals("loaded 40\n", output);
  }

  @Test
  void keepsTheFilesSizeWhereThePaddingIsLargeEnough() throws IOException {
    Map<String, String> aliases = Map.of("malloc", "je_malloc", "free", "je_free");
    byte[] before = Native.JEMALLOC.bytes();
    byte[] after = AliasSymbols.add(Native.JEMALLOC.file(), aliases);
    assertEquals(before.length, after.length);
    assertEquals(
        Native.JEMALLOC.file().segments().size(), ElfFile.of(after, "after").segments().size());
  }

  @Test
  void addsAliasesWithoutSectionHeaders() throws Exception {
    Programs.assumeX64Linux();
    byte[] content = Native.MIMALLOC.bytes();
    Native.MIMALLOC.file().header().bytes().over(content).putI64(40, 0);
    Native.MIMALLOC.file().header().bytes().over(content).putU16(60, 0);
    ElfFile bare = ElfFile.of(content, "bare");
    byte[] derived = AliasSymbols.add(bare, Native.MIMALLOC.aliases());
    Path preload = Programs.write(directory, "bare.so", derived);
    Path program = Programs.compile(directory, "family.c");
    String output =
        Programs.succeed(Map.of("LD_PRELOAD", preload.toString()), program.toString(), "malloc");
    assertTrue(output.contains("malloc " + preload), output);
    assertTrue(Files.size(preload) > content.length);
  }
}
