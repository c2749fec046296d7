package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** {@code collect} of what the other commands have written. */
@Tag("slow")
class CollectTest {
  @TempDir private Path folder;

  @Test
  void refusesAnEmptyName() throws Exception {
    Result result = Onemalloc.run("collect", "");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("The name of a file is empty."), result.err());
  }

  @Test
  void whatInspectAndCompareWriteIsCollected() throws Exception {
    Path inspection = folder.resolve("inspect.json");
    Path comparison = folder.resolve("compare.json");
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      Result inspected =
          Onemalloc.run("inspect", "--json", inspection.toString(), Long.toString(sleep.pid()));
      assertEquals(0, inspected.exitCode(), inspected.err());
      String pid = Long.toString(sleep.pid());
      assertEquals(0, Onemalloc.run("inspect", "--expect", "system", pid).exitCode());
      Result other = Onemalloc.run("inspect", "--expect", "mimalloc", pid);
      assertEquals(1, other.exitCode());
      assertTrue(other.err().contains("system in /"), other.err());
      assertEquals(2, Onemalloc.run("inspect", "--expect", "", pid).exitCode());
      assertEquals(2, Onemalloc.run("inspect", "--expect", "system", "/bin/true").exitCode());
    } finally {
      sleep.destroyForcibly().waitFor();
    }
    Result compared =
        Onemalloc.run(
            "compare",
            "-a",
            "system,mimalloc",
            "-n",
            "2",
            "--json",
            comparison.toString(),
            "--",
            "sleep",
            "0.3");
    assertEquals(0, compared.exitCode(), compared.err());

    Result all =
        Onemalloc.run(
            "collect", inspection.toString(), comparison.toString(), "--expect", "system");
    assertEquals(1, all.exitCode(), all.err());
    assertTrue(all.out().contains("process          system     1 of 1"), all.out());
    assertTrue(all.out().contains("run of system    system     2 of 2"), all.out());
    assertTrue(all.out().contains("run of mimalloc  mimalloc   2 of 2"), all.out());
    assertTrue(all.out().contains("run 1 of mimalloc of "), all.out());

    Result one =
        Onemalloc.run("collect", "--expect", "system", "--role", "process", inspection.toString());
    assertEquals(0, one.exitCode(), one.out() + one.err());
    assertTrue(one.out().contains("sleep (pid ") || !one.out().contains("not proven"), one.out());
    Result json = Onemalloc.run("collect", "--json", inspection.toString());
    assertTrue(json.out().contains("\"host\": "), json.out());
    assertTrue(json.out().contains("\"pssBytes\": "), json.out());
  }

  /** {@code compare} calls no run of this library proven, and neither is the process. */
  @Test
  void aProcessWithOperatorsOfItsOwnIsNotProven() throws Exception {
    String source =
        """
        static char room[1 << 20];
        static unsigned long used;
        void *_Znwm(unsigned long n) { return room + (used += n + 15 & ~15) - n; }
        """;
    Path library = Tools.compile(folder, "operators.so", source, "-shared", "-fPIC");
    Path json = folder.resolve("cat.json");
    ProcessBuilder builder = new ProcessBuilder("cat");
    builder.environment().put("LD_PRELOAD", library.toString());
    Process cat = builder.start();
    try {
      cat.getOutputStream().write('x');
      cat.getOutputStream().flush();
      assertEquals('x', cat.getInputStream().read());
      Result inspected =
          Onemalloc.run("inspect", "--json", json.toString(), Long.toString(cat.pid()));
      assertTrue(inspected.out().contains("also allocates with " + library), inspected.out());
      Result expected = Onemalloc.run("inspect", "--expect", "system", Long.toString(cat.pid()));
      assertEquals(1, expected.exitCode(), expected.out());
      assertTrue(
          expected
              .err()
              .startsWith(
                  "onemalloc: cat (pid %d) is not proven to run on system: it also allocates"
                      .formatted(cat.pid())),
          expected.err());
    } finally {
      cat.destroyForcibly().waitFor();
    }
    Result collected = Onemalloc.run("collect", "--expect", "system", json.toString());
    assertEquals(1, collected.exitCode(), collected.out());
    assertTrue(collected.out().contains("it also allocates with"), collected.out());
  }

  @Test
  void aFileThatIsNoEvidenceIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("notes.txt"), "hello");
    Result result = Onemalloc.run("collect", file.toString());
    assertEquals(2, result.exitCode());
    assertEquals(
        "onemalloc: "
            + file
            + " is not the JSON of inspect --json, compare --json or the Spark plugin.\n",
        result.err());
    Result nothing = Onemalloc.run("collect", "--expect", "", file.toString());
    assertEquals(2, nothing.exitCode());
    assertEquals("onemalloc: --expect is empty.\n", nothing.err());
    Result missing = Onemalloc.run("collect", folder.resolve("none").toString());
    assertEquals(2, missing.exitCode());
    assertTrue(missing.err().endsWith("none does not exist.\n"), missing.err());
  }
}
