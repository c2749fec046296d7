package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrimFlagTest {
  @TempDir Path folder;

  @Test
  void aJvmThatDoesNotKnowTheFlagIsFound() throws Exception {
    Path own = Path.of(System.getProperty("java.home"));
    Path old = Files.createDirectories(folder.resolve("bin")).getParent();
    Path java =
        Files.writeString(
            old.resolve("bin/java"),
            """
            #!/bin/sh
            echo "Unrecognized VM option 'TrimNativeHeapInterval=1000'" >&2
            exit 1
            """);
    assertEquals(true, java.toFile().setExecutable(true));
    assertEquals(Optional.empty(), TrimFlag.lackingIn(List.of(own)));
    assertEquals(Optional.of(old), TrimFlag.lackingIn(List.of(own, old)));
  }
}
