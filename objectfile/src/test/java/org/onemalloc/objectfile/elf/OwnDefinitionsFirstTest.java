package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OwnDefinitionsFirstTest {
  @TempDir Path directory;

  static List<Native> all() {
    return Native.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void setsOneBitAndIsRepeatable(Native library) throws Exception {
    byte[] before = library.bytes();
    byte[] once = OwnDefinitionsFirst.set(library.file());
    assertEquals(before.length, once.length);
    ElfFile set = ElfFile.of(once, "set");
    assertTrue(set.isSymbolic());
    assertArrayEquals(once, OwnDefinitionsFirst.set(set));
  }

  /** Without the flag, the constructor of the second copy crashes in the functions of the first. */
  @Test
  void letsTwoCopiesOfMimallocIntoOneProcess() throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "finds.c");
    ElfFile derived = Native.MIMALLOC.derived();
    byte[] whole = OwnDefinitionsFirst.set(derived);
    Path first = Programs.write(directory, "libfirst.so", whole);
    Path second = Programs.write(directory, "libsecond.so", whole);
    String output =
        Programs.succeed(
            Map.of("LD_PRELOAD", first + ":" + second), program.toString(), "libc.so.6", "malloc");
    assertTrue(output.contains("libc.so.6"), output);
  }
}
