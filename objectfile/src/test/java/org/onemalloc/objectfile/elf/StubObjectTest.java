package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StubObjectTest {
  private static final List<String> NEEDED = List.of("libfirst.so", "/opt/second.so", "libc.so.6");

  @TempDir Path directory;

  static List<ElfFile> models() throws IOException {
    List<ElfFile> models = new ArrayList<>();
    for (Native library : Native.all()) {
      models.add(library.file());
    }
    models.add(bigEndian(true, 21));
    models.add(bigEndian(false, 20));
    return models;
  }

  private static ElfFile bigEndian(boolean is64Bit, int machine) {
    byte[] header = new byte[64];
    header[0] = 0x7f;
    header[1] = 'E';
    header[2] = 'L';
    header[3] = 'F';
    header[4] = (byte) (is64Bit ? 2 : 1);
    header[5] = 2;
    header[6] = 1;
    header[17] = 3;
    header[19] = (byte) machine;
    header[23] = 1;
    return ElfFile.of(header, "big-endian model " + machine);
  }

  @ParameterizedTest
  @MethodSource("models")
  void saysWhatItWasMadeFor(ElfFile model) {
    byte[] content = StubObject.create(model, "/some/path/lib.so", NEEDED);
    ElfFile stub = ElfFile.of(content, "stub");
    assertEquals(model.machine(), stub.machine());
    assertEquals(model.is64Bit(), stub.is64Bit());
    assertEquals(model.byteOrder(), stub.byteOrder());
    assertEquals(ElfType.DYN, stub.type());
    assertEquals("/some/path/lib.so", stub.soname().orElseThrow());
    assertEquals(NEEDED, stub.needed());
    assertTrue(stub.runpath().isEmpty() && stub.rpath().isEmpty());
    assertEquals(1, stub.dynamicSymbols().size());
    assertTrue(!stub.exports("malloc"));
    assertArrayEquals(content, StubObject.create(model, "/some/path/lib.so", NEEDED));
  }

  @ParameterizedTest
  @MethodSource("models")
  void passesElflintAndReadelf(ElfFile model) throws Exception {
    Programs.assumeInstalled("eu-elflint", "readelf");
    byte[] content = StubObject.create(model, "/some/path/lib.so", NEEDED);
    Path stub = Programs.write(directory, "stub.so", content);
    Programs.succeed("eu-elflint", "--gnu-ld", stub.toString());
    String output = Programs.succeed(Map.of("LC_ALL", "C"), "readelf", "-aW", stub.toString());
    assertTrue(output.contains("Library soname: [/some/path/lib.so]"), output);
    assertTrue(!output.contains("rror") && !output.contains("arning"), output);
  }

  @Test
  void takesThePlaceOfTheLibraryAtItsPath() throws Exception {
    Programs.assumeX64Linux();
    Path program = Programs.compile(directory, "finds.c");
    Path allocator = Programs.write(directory, "liballocator.so", Native.MIMALLOC.preloadable());
    String path = directory.resolve("lib/libsyslookup.so").toString();
    byte[] content =
        StubObject.create(
            Native.MIMALLOC.file(), path, List.of(allocator.toString(), "libc.so.6", "libm.so.6"));
    Path stub = Programs.write(directory, "stub.so", content);
    String output =
        Programs.succeed(
            Map.of("LD_PRELOAD", allocator + ":" + stub),
            program.toString(),
            path,
            "malloc",
            "free",
            "strdup",
            "cos");
    List<String> lines = output.lines().toList();
    assertEquals(stub.toString(), lines.get(0));
    assertEquals(allocator.toString(), lines.get(1));
    assertEquals(allocator.toString(), lines.get(2));
    assertTrue(lines.get(3).endsWith("libc.so.6"), output);
    assertTrue(lines.get(4).endsWith("libm.so.6"), output);
  }

  @Test
  void refusesAnEmptyName() throws IOException {
    ElfFile model = Native.MIMALLOC.file();
    assertThrows(
        IllegalArgumentException.class, () -> StubObject.create(model, "", List.of("libc.so.6")));
    assertThrows(
        IllegalArgumentException.class, () -> StubObject.create(model, "a", List.of("b\0c")));
  }
}
