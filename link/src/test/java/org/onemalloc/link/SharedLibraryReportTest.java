package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedLibraryReportTest {
  @TempDir Path directory;

  private SharedLibraryReport report(String source) throws Exception {
    Tools.assumeInstalled("cc");
    Path file = Files.writeString(directory.resolve("lib.c"), source);
    Path library = directory.resolve("lib.so");
    Tools.succeed("cc", "-shared", "-fPIC", "-o", library.toString(), file.toString());
    return SharedLibraryReport.of(library);
  }

  @Test
  void acceptsALibraryThatUsesItsHost() throws Exception {
    SharedLibraryReport report =
        report("#include <stdlib.h>\nvoid *make(void) { return malloc(7); }\n");
    assertTrue(report.usesItsHost());
    assertEquals("It takes malloc from its host.", report.sentences().getFirst());
  }

  @Test
  void warnsOfALibraryThatDefinesMalloc() throws Exception {
    SharedLibraryReport report =
        report(
            "#include <stdlib.h>\nvoid *malloc(size_t n) { (void) n; return 0; }\nvoid free(void *p) { (void) p; }\n");
    assertFalse(report.usesItsHost());
    assertTrue(report.sentences().getFirst().startsWith("It defines free, malloc itself."));
  }

  @Test
  void warnsOfAPrivateAllocator() throws Exception {
    Path library = directory.resolve("libjemalloc.so");
    String resource = "/linux/x64/org/lwjgl/jemalloc/libjemalloc.so";
    try (InputStream in = SharedLibraryReportTest.class.getResourceAsStream(resource)) {
      Files.write(library, in.readAllBytes());
    }
    SharedLibraryReport report = SharedLibraryReport.of(library);
    assertFalse(report.usesItsHost());
    assertTrue(report.sentences().toString().contains("carries a private jemalloc"));
  }

  @Test
  void refusesAProgram() throws Exception {
    LinkException refusal =
        assertThrows(
            LinkException.class, () -> SharedLibraryReport.of(Path.of("/bin/ls").toRealPath()));
    assertTrue(refusal.getMessage().contains("not a shared library"), refusal.getMessage());
  }
}
