package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreloadTrialTest {
  @TempDir Path folder;

  private String outcome(String text) throws Exception {
    Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return PreloadTrial.outcome(program, Map.of());
  }

  /** Ctrl-C reaches the trial too, and says nothing about the library. */
  @Test
  void aSignalFromOutsideIsNotTheLibrarys() throws Exception {
    assertEquals("", outcome("exit 0"));
    assertEquals("fails", outcome("exit 3"));
    assertEquals("ends by signal 11", outcome("kill -SEGV $$"));
    for (String signal : new String[] {"HUP", "INT", "TERM"}) {
      assertEquals("was interrupted", outcome("kill -" + signal + " $$"), signal);
    }
  }
}
