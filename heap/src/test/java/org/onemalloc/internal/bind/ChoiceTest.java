package org.onemalloc.internal.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Platform;

class ChoiceTest {
  private static final Path RECORD = Path.of("/image/lib/onemalloc/choice.properties");

  @TempDir Path directory;

  private static Properties linkedWith(String allocator) {
    Properties properties = new Properties();
    properties.setProperty("allocator", allocator);
    return properties;
  }

  @Test
  void takesTheProcessHeapWhenNobodyChose() {
    Choice choice = Choice.of(RECORD, null, null);
    assertEquals("", choice.privateName());
    assertTrue(choice.by().startsWith("nothing"));
  }

  @Test
  void takesTheRecordOfTheArtifact() {
    Choice choice = Choice.of(RECORD, linkedWith("jemalloc"), "process");
    assertEquals("jemalloc", choice.expected());
    assertTrue(choice.by().contains(RECORD.toString()));
  }

  @Test
  void takesAPrivateHeapByNameAndFile() {
    Choice choice = Choice.of(RECORD, null, "private:mimalloc,/opt/a,b/libmimalloc.so");
    assertEquals("mimalloc", choice.privateName());
    assertEquals("/opt/a,b/libmimalloc.so", choice.privateFile());
  }

  @Test
  void namesBothOfTwoChoices() {
    HeapError error =
        assertThrows(
            HeapError.class, () -> Choice.of(RECORD, linkedWith("mimalloc"), "private:jemalloc"));
    assertTrue(error.getMessage().contains("mimalloc"));
    assertTrue(error.getMessage().contains(RECORD.toString()));
    assertTrue(error.getMessage().contains("private:jemalloc"));
  }

  @Test
  void refusesAPropertyThatIsNone() {
    assertThrows(HeapError.class, () -> Choice.of(RECORD, null, "jemalloc"));
    assertThrows(HeapError.class, () -> PrivateLibrary.prefix("hoard"));
  }

  @Test
  void readsARecordAndRefusesADamagedOne() throws Exception {
    Path file = directory.resolve("choice.properties");
    assertNull(Choice.read(file));
    Files.writeString(file, "allocator=jemalloc\nversion=5.3.0\n");
    assertEquals("jemalloc", Choice.read(file).getProperty("allocator"));
    Files.writeString(file, "version=5.3.0\n");
    assertThrows(HeapError.class, () -> Choice.read(file));
    Files.writeString(file, "allocator=\\u12");
    assertThrows(HeapError.class, () -> Choice.read(file));
  }

  @Test
  void findsTheNativesOfThisPlatform() {
    assertEquals(
        "linux/x64/org/lwjgl/mimalloc/libmimalloc.so",
        PrivateLibrary.resource(Platform.of("Linux", "amd64"), "mimalloc"));
    assertEquals(
        "macos/arm64/org/lwjgl/mimalloc/libmimalloc.dylib",
        PrivateLibrary.resource(Platform.of("Mac OS X", "aarch64"), "mimalloc"));
    assertEquals(
        "windows/x64/org/lwjgl/mimalloc/mimalloc.dll",
        PrivateLibrary.resource(Platform.of("Windows Server 2025", "amd64"), "mimalloc"));
  }
}
