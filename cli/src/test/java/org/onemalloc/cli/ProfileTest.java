package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
final class ProfileTest {
  @TempDir Path folder;

  private Result profile(Path report, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of("profile", "--report", report.toString(), "--"));
    words.addAll(List.of(command));
    return Onemalloc.run(words.toArray(String[]::new));
  }

  @Test
  void showsThePartsAndWritesThePage() throws Exception {
    Path page = folder.resolve("page.html");
    Result result = profile(page, Onemalloc.java(), "-version");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("the JVM"), result.err());
    assertTrue(Files.readString(page).contains("<iframe title=\"Not freed\""));
  }

  @Test
  void whatIsNoJvmIsRefusedAndNothingWritten() throws Exception {
    Path page = folder.resolve("page.html");
    Result result = profile(page, "true");
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains("left no recording"), result.err());
    assertFalse(Files.exists(page));
  }

  @Test
  void aPageThatCannotBeWrittenIsRefusedBeforeTheProgramRuns() throws Exception {
    Result result = profile(folder.resolve("no/such/page.html"), "sh", "-c", "echo ran");
    assertEquals(2, result.exitCode());
    assertEquals("", result.out());
    assertTrue(result.err().contains("no does not exist."), result.err());
  }

  @Test
  void toldToEndItEndsTheProgramAndStillReports() throws Exception {
    Path page = folder.resolve("page.html");
    Path source = Files.writeString(folder.resolve("Waits.java"), WAITS);
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    ProcessBuilder builder =
        new ProcessBuilder(
                Onemalloc.command(
                    "profile",
                    "--report",
                    page.toString(),
                    "--",
                    Onemalloc.java(),
                    source.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TMPDIR", temporary.toString());
    Process process = builder.start();
    assertEquals("waits", process.inputReader().readLine());
    process.destroy();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertTrue(Files.readString(page).contains("the JVM"));
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(
          List.of(), left.filter(file -> file.toString().contains("onemalloc-profile")).toList());
    }
  }

  /** Starts a JVM that says that it waits, and does. */
  private Process waits() throws Exception {
    Path source = Files.writeString(folder.resolve("Waits.java"), WAITS);
    return new ProcessBuilder(Onemalloc.java(), source.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The profiler's library stays in the process, and the import tables lead to it. */
  @Test
  void itsLibraryIsNoProviderOfMallocAfterwards() throws Exception {
    Process waits = waits();
    try {
      assertEquals("waits", waits.inputReader().readLine());
      String pid = Long.toString(waits.pid());
      Path json = folder.resolve("evidence.json");
      Result before = Onemalloc.run("inspect", pid);
      String page = folder.resolve("page.html").toString();
      Result profile = Onemalloc.run("profile", "--report", page, "--seconds", "1", pid);
      assertEquals(0, profile.exitCode(), profile.err());
      assertTrue(Files.readString(Path.of("/proc", pid, "maps")).contains("asyncProfiler"));
      Result after = Onemalloc.run("inspect", "--json", json.toString(), pid);
      assertEquals(before.exitCode(), after.exitCode(), after.out());
      assertFalse(after.out().contains("DANGER"), after.out());
      Result collected = Onemalloc.run("collect", "--expect", "system", json.toString());
      assertEquals(0, collected.exitCode(), collected.out() + collected.err());
    } finally {
      waits.destroyForcibly();
    }
  }

  @Test
  void toldToEndItReportsARunningProcessAndLeavesNoProfilerInIt() throws Exception {
    Path page = folder.resolve("page.html");
    Process waits = waits();
    try {
      assertEquals("waits", waits.inputReader().readLine());
      String pid = Long.toString(waits.pid());
      Path maps = Path.of("/proc", pid, "maps");
      Process process =
          new ProcessBuilder(
                  Onemalloc.command(
                      "profile", "--seconds", "3600", "--report", page.toString(), pid))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      while (process.isAlive() && !Files.readString(maps).contains("asyncProfiler")) {
        Thread.sleep(100);
      }
      Thread.sleep(500);
      process.destroy();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertTrue(Files.readString(page).contains("was interrupted"));
      Result again = Onemalloc.run("profile", "--report", page.toString(), "--seconds", "1", pid);
      assertEquals(0, again.exitCode(), again.err());
    } finally {
      waits.destroyForcibly();
    }
  }

  private static final String WAITS =
      """
      class Waits {
        public static void main(String[] arguments) throws Exception {
          System.out.println("waits");
          Thread.sleep(100_000);
        }
      }
      """;
}
