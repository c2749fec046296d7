package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.objectfile.ObjectFileException;

@Tag("slow")
class InitialExecTlsTest {
  @TempDir Path directory;

  @Test
  void leavesNoDynamicTls() throws IOException {
    ElfFile before = Native.JEMALLOC.file();
    ElfFile after = ElfFile.of(InitialExecTls.convert(before), "converted");
    assertTrue(before.hasDynamicTls() && !before.hasStaticTls());
    assertTrue(after.hasStaticTls() && !after.hasDynamicTls());
    assertEquals(before.bytes().length, after.bytes().length);
    assertEquals(before.dynamicSymbols(), after.dynamicSymbols());
    int sequences = count(before, "66488d3d") - count(after, "66488d3d");
    assertEquals(97, sequences);
    assertEquals(sequences + 1, count(after, "64488b042500000000"));
  }

  private static int count(ElfFile file, String hex) {
    String all = HexFormat.of().formatHex(file.bytes());
    int count = 0;
    for (int at = all.indexOf(hex); at >= 0; at = all.indexOf(hex, at + 1)) {
      count += at % 2 == 0 ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @ValueSource(strings = {"arm32", "ppc64le", "riscv64", "arm64"})
  void refusesOtherMachines(String platform) throws IOException {
    ElfFile library = new Native(platform, "jemalloc").file();
    assertEquals(!platform.equals("arm64"), library.hasDynamicTls());
    String message = refusal(library);
    assertTrue(message.contains("only x86-64"), message);
  }

  @Test
  void refusesALibraryThatNeedsNoConversion() throws IOException {
    assertTrue(refusal(Native.MIMALLOC.file()).contains("does not call __tls_get_addr"));
    ElfFile once = ElfFile.of(InitialExecTls.convert(Native.JEMALLOC.file()), "once");
    assertTrue(refusal(once).contains("no general-dynamic"));
  }

  @Test
  void refusesEveryCallThatIsNotExactlyAsExpected() throws IOException {
    byte[] content = Native.JEMALLOC.bytes();
    byte[] sequence = HexFormat.of().parseHex("66488d3d");
    Random random = new Random(1);
    int tried = 0;
    for (int at = 0; at < content.length - 16; at++) {
      if (matches(content, at, sequence)) {
        byte[] damaged = content.clone();
        int[] fixed = {0, 1, 2, 3, 8, 9, 10};
        damaged[at + fixed[random.nextInt(fixed.length)]] ^= 0x41;
        refusal(ElfFile.of(damaged, "damaged call"));
        tried++;
      }
    }
    assertEquals(97, tried);
  }

  private static boolean matches(byte[] content, int at, byte[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (content[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  @Test
  void refusesADamagedPltEntry() throws IOException {
    byte[] content = Native.JEMALLOC.bytes();
    content[0x446] = (byte) 0x90;
    assertTrue(refusal(ElfFile.of(content, "damaged entry")).contains("GOT word"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-fno-plt", "-mtls-dialect=gnu2", "-Wl,-z,ibtplt", "-DEXPORTED"})
  void refusesWhatOtherCompilerOptionsMake(String option) throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("cc");
    ElfFile library = ElfFile.read(compiled(option));
    refusal(library);
  }

  @Test
  void convertsWhatTheCompilerMakesOfHiddenVariables() throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("cc");
    ElfFile library = ElfFile.read(compiled("-fcf-protection=none", "-Wl,-z,lazy"));
    assertTrue(library.hasDynamicTls());
    Path converted = Programs.write(directory, "converted.so", InitialExecTls.convert(library));
    assertFalse(ElfFile.read(converted).hasDynamicTls());
    Path program = Programs.compile(directory, "tlsuser.c", "-pthread", converted.toString());
    Programs.succeed(program.toString());
  }

  @Test
  void survivesFortyLibrariesWhereTheOriginalRecursesToDeath() throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("cc");
    byte[] converted = InitialExecTls.convert(Native.JEMALLOC.file());
    Path allocator = Programs.write(directory, "libjemalloc.so.2", converted);
    Path source = Programs.source(directory, "shim.c");
    Path shim = directory.resolve("shim.so");
    Programs.succeed(
        "cc",
        "-shared",
        "-fPIC",
        "-fno-builtin",
        "-o",
        shim.toString(),
        source.toString(),
        allocator.toString(),
        "-Wl,-rpath," + directory);
    String output = Programs.loadInJvm(shim, Programs.tlsLibraries(directory));
    assertEquals("loaded 40\n", output);
  }

  private Path compiled(String... options) throws Exception {
    Path source = Programs.source(directory, "tlsvars.c");
    Path library = directory.resolve("vars.so");
    Files.deleteIfExists(library);
    List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-O1"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", library.toString(), source.toString()));
    Programs.succeed(command.toArray(String[]::new));
    return library;
  }

  private static String refusal(ElfFile library) {
    return assertThrows(ObjectFileException.class, () -> InitialExecTls.convert(library))
        .getMessage();
  }
}
