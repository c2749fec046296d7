package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completions and manual pages of a release can be made, and name every command. */
class TextsTest {
  @TempDir Path share;

  @Test
  void haveEveryCommand() throws Exception {
    Texts.main(new String[] {share.toString(), "1.2.3", "2026-01-02"});
    String fish = Files.readString(share.resolve("fish/vendor_completions.d/onemalloc.fish"));
    for (String command : Main.commandLine().getSubcommands().keySet()) {
      assertTrue(fish.contains(" " + command), command);
      Path page = share.resolve("man/man1/onemalloc-" + command + ".1");
      assertTrue(Files.readString(page).contains("SYNOPSIS"), command);
    }
  }
}
