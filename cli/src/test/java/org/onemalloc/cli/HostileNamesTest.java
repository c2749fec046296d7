package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests that names of files, archive members and processes are printed as text, never as terminal
 * commands.
 */
@Tag("slow")
class HostileNamesTest {
  /** A name that clears the screen, sets a colour, breaks the line and deletes a character. */
  private static final String HOSTILE = "evil\u001b[2J\u001b[31m\nonemalloc: all is well\r\u007f";

  private static final String SHOWN =
      "evil\\u001b[2J\\u001b[31m\\nonemalloc: all is well\\r\\u007f";

  @TempDir Path folder;

  @Test
  void ofFilesThatAreLookedAt() throws Exception {
    Path program = Files.copy(Path.of("/bin/true").toRealPath(), folder.resolve(HOSTILE));
    Path jar = folder.resolve("natives.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("linux/" + HOSTILE + ".so"));
      Files.copy(program, zip);
    }
    assertAll(
        () -> shown(0, "inspect", program.toString()),
        () -> shown(0, "inspect", "--verbose", program.toString()),
        () -> shown(0, "inspect", "--verbose", jar.toString()),
        () -> shown(0, "compare", "-n", "1", "-a", "system", "--", program.toString(), HOSTILE),
        () -> clean(Onemalloc.run("inspect", "--json", "-", program.toString())),
        () -> clean(Onemalloc.run("link", "--dry-run", program.toString())));
  }

  @Test
  void thatAreNotText() throws Exception {
    for (String option : List.of("--preload", "--report")) {
      String words = quoted(Onemalloc.command("inspect", option)) + " $'a\\xff' /bin/true";
      Result result = Onemalloc.run(Map.of(), List.of("bash", "-c", words));
      assertEquals(2, result.exitCode(), result.err());
      assertTrue(result.err().contains("a\\udcff is not a name in UTF-8"), result.err());
      assertFalse(result.err().contains("java.nio"), result.err());
    }
  }

  /** An unset variable of a script, which Java would take for the working directory. */
  @Test
  void thatAreEmpty() throws Exception {
    for (List<String> words :
        List.of(List.of("link", ""), List.of("link", "--undo", ""), List.of("inspect", ""))) {
      Result result = Onemalloc.run(words.toArray(String[]::new));
      assertEquals(2, result.exitCode(), words + result.out());
      assertEquals(1, result.err().lines().count(), result.err());
    }
  }

  @Test
  void inErrors() throws Exception {
    String absent = folder.resolve("no/" + HOSTILE).toString();
    assertAll(
        () -> shown(2, "inspect", absent),
        () -> shown(2, "inspect", "--fail-on", HOSTILE, "/bin/true"),
        () -> shown(2, "inspect", "--json", absent, "/bin/true"),
        () -> shown(2, "link", absent),
        () -> shown(2, "link", "--kind", HOSTILE, "cc"),
        () -> shown(2, "run", absent),
        () -> shown(2, "run", "-a", HOSTILE, "true"),
        () -> shown(2, "compare", "-a", HOSTILE, "--", "true"),
        () -> shown(2, "profile", "--report", absent, "--", "true"),
        () -> shown(2, "allocators", HOSTILE),
        () -> shown(2, "top", HOSTILE),
        () -> shown(2, "--" + HOSTILE));
  }

  @Test
  void ofAProcess() throws Exception {
    Process sleep = new ProcessBuilder("bash", "-c", "exec -a \"$0\" sleep 60", HOSTILE).start();
    try {
      String pid = Long.toString(sleep.pid());
      while (!Files.readString(Path.of("/proc", pid, "cmdline")).startsWith("evil")) {
        Thread.onSpinWait();
      }
      shown(0, "top", "--once", pid);
      shown(0, "inspect", pid);
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }

  private static void shown(int exitCode, String... arguments) throws Exception {
    Result result = Onemalloc.run(arguments);
    clean(result);
    assertEquals(exitCode, result.exitCode(), result.err());
    String all = result.out() + result.err();
    assertTrue(all.replaceAll("\\s+", " ").contains(SHOWN), all);
  }

  private static void clean(Result result) {
    String all = result.out() + result.err();
    assertFalse(all.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c)), all);
    assertFalse(all.lines().anyMatch(line -> line.startsWith("onemalloc: all is well")), all);
  }

  /** Every command reports output that could not be written. */
  @Test
  void aFullOutputIsASentenceAndAnExitCode() throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    // A copy, because other processes may run /bin/true, and a running program is not linked.
    Path program = Files.copy(Path.of("/bin/true").toRealPath(), folder.resolve("true"));
    for (List<String> words :
        List.of(
            List.of("allocators"),
            List.of("allocators", "--json"),
            List.of("inspect", "/bin/true"),
            List.of("inspect", "--json", "-", "/bin/true"),
            List.of("top", "--once", "--outside", pid),
            List.of("top", "--once", "--outside", "--json", pid),
            List.of("link", "--dry-run", program.toString()))) {
      Result result = Onemalloc.run(Map.of(), redirected(words, "/dev/full"));
      assertEquals(2, result.exitCode(), words + ": " + result.err());
      assertEquals(
          "onemalloc: Standard output could not be written: no space left on device.\n",
          result.err());
    }
  }

  @Test
  void aReaderThatWentAwayEndsTop() throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    List<String> words = Onemalloc.command("top", "-i", "0.1", "--outside", "--json", pid);
    Result result = Onemalloc.run(Map.of(), List.of("bash", "-c", quoted(words) + " | head -n 1"));
    assertEquals("", result.err());
    assertEquals(1, result.out().lines().count());
  }

  @Test
  void aReportThatCannotBeWrittenLosesNothing() throws Exception {
    Path good = folder.resolve("good.html");
    Result full =
        Onemalloc.run("inspect", "--json", "/dev/full", "--report", good.toString(), "/bin/true");
    assertEquals(2, full.exitCode());
    assertTrue(full.out().contains("Whose malloc"), full.out());
    assertTrue(Files.readString(good).startsWith("<!DOCTYPE html>"));
    assertKept(full.err(), "/dev/full could not be written: no space left on device");
  }

  @Test
  void aProfileOutlivesTheFolderOfItsReport() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    Result result =
        Onemalloc.run(
            "profile",
            "--report",
            gone.resolve("report.html").toString(),
            "--",
            "sh",
            "-c",
            "rm -r " + gone + "; exec " + Onemalloc.java() + " -version");
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("NOT FREED MB"), result.err());
    assertKept(result.err(), gone + "/report.html could not be written: its directory is gone");
  }

  private static void assertKept(String err, String why) throws IOException {
    String last = err.lines().toList().getLast();
    String before = "onemalloc: " + why + "; the text is in ";
    assertTrue(last.startsWith(before), err);
    Path kept = Path.of(last.substring(before.length(), last.length() - 1));
    assertTrue(Files.size(kept) > 100, kept.toString());
    Files.delete(kept);
  }

  /** The default file name in a world-writable directory. */
  @Test
  void noPlantedLinkIsWrittenThrough() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    Path victim = Files.writeString(folder.resolve("victim"), "mine");
    Path link = shared.resolve("onemalloc-profile.html");
    Files.createSymbolicLink(link, victim);
    Tools.require("chown");
    Process chown = new ProcessBuilder("chown", "-h", "12345", link.toString()).start();
    assumeTrue(chown.waitFor() == 0, "only root can make another user's link");
    Result result =
        Onemalloc.run(
            Map.of(),
            List.of(
                "bash",
                "-c",
                "cd "
                    + shared
                    + "; "
                    + quoted(Onemalloc.command("profile", "--", "touch", "started"))));
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("is another user's link to " + victim), result.err());
    assertEquals("mine", Files.readString(victim));
    assertFalse(Files.exists(shared.resolve("started")), "the command was run");
  }

  private static List<String> redirected(List<String> words, String out) {
    String command = quoted(Onemalloc.command(words.toArray(String[]::new)));
    return List.of("bash", "-c", command + " > " + out);
  }

  private static String quoted(List<String> words) {
    return "'" + String.join("' '", words) + "'";
  }
}
