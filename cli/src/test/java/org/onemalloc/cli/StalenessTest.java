package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** Tests when the script rebuilds the command, in a checkout of a few files. */
class StalenessTest {
  private static final Path SCRIPT = Path.of("../scripts/sources.sh").toAbsolutePath();

  @TempDir Path folder;
  private Path checkout;
  private Path source;

  @BeforeEach
  void build() throws Exception {
    checkout = folder.resolve("checkout");
    source = checkout.resolve("cli/src/main/Main.java");
    for (String directory : List.of("native/include", "native/bindings", "cli/target/dist")) {
      Files.createDirectories(checkout.resolve(directory));
    }
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class Main {}");
    Files.writeString(checkout.resolve("pom.xml"), "<project/>");
    Files.writeString(checkout.resolve("cli/pom.xml"), "<project/>");
    Files.writeString(checkout.resolve("cli/target/dist/onemalloc.jar"), "");
    assertEquals("stale", state(checkout));
    bash(checkout, "note_built \"$(source_digest)\"");
  }

  @Test
  void whatIsBuiltIsFresh() throws Exception {
    assertEquals("fresh", state(checkout));
  }

  @Test
  void aCopyIsFresh() throws Exception {
    Path copy = folder.resolve("copy");
    bash(checkout, "cp -r . " + copy);
    assertEquals("fresh", state(copy));
    assertEquals("fresh", state(copy));
  }

  @Test
  void touchingChangesNothing() throws Exception {
    Files.setLastModifiedTime(source, FileTime.fromMillis(Long.MAX_VALUE / 1_000_000));
    assertEquals("fresh", state(checkout));
  }

  @Test
  void otherContentOfTheSameSizeAndTimeIsStale() throws Exception {
    FileTime time = Files.getLastModifiedTime(source);
    Files.writeString(source, "class Mine {}");
    Files.setLastModifiedTime(source, time);
    assertEquals("stale", state(checkout));
  }

  @Test
  void aSourceMoreOrLessIsStale() throws Exception {
    Path more = Files.writeString(source.resolveSibling("More.java"), "");
    assertEquals("stale", state(checkout));
    Files.delete(more);
    assertEquals("fresh", state(checkout));
    Files.delete(source);
    assertEquals("stale", state(checkout));
  }

  private static String state(Path checkout) throws Exception {
    return bash(checkout, "if stale; then echo stale; else echo fresh; fi").strip();
  }

  private static String bash(Path checkout, String command) throws Exception {
    String script = "set -euo pipefail; home=$PWD; . %s; %s".formatted(SCRIPT, command);
    Result result =
        Onemalloc.run(Map.of(), List.of("env", "-C", checkout.toString(), "bash", "-c", script));
    assertEquals(0, result.exitCode(), result.err());
    return result.out();
  }
}
