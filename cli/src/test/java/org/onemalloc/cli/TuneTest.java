package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
class TuneTest {
  private static final List<String> PROGRAM = List.of("--", "sleep", ".3");

  @TempDir Path folder;

  private Result tune(String... options) throws Exception {
    return Onemalloc.run(Map.of(), command(options));
  }

  private List<String> command(String... options) {
    List<String> words = new ArrayList<>(Onemalloc.command("tune", "-a", "system"));
    words.addAll(List.of("--state", folder.resolve("state").toString()));
    words.addAll(List.of(options));
    if (!words.contains("--")) {
      words.addAll(PROGRAM);
    }
    return words;
  }

  private List<String> runs() throws IOException {
    return Files.readAllLines(folder.resolve("state")).stream()
        .filter(line -> line.contains(" run\t"))
        .toList();
  }

  /** Returns the stage, the round and the candidate of each run. */
  private List<String> places() throws IOException {
    return runs().stream()
        .map(line -> line.replaceAll("^.{16} run\t([^\t]*\t[^\t]*).*", "$1"))
        .toList();
  }

  @Test
  void racesTheSettingsAndWritesWhatItFound() throws Exception {
    Path profile = folder.resolve("found.profile");
    Path page = folder.resolve("page.html");
    Path json = folder.resolve("runs.json");
    String[] options = {
      "--least",
      "peak",
      "--within",
      "cpu+900%",
      "-n",
      "70",
      "--profile",
      profile + "",
      "--report",
      page + "",
      "--json",
      json + ""
    };
    Result result = tune(options);
    int measured = runs().size();
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("where it ended"), result.out()),
        () -> assertTrue(result.out().contains("fresh runs"), result.out()),
        () -> assertTrue(result.err().contains("after round 3: "), result.err()),
        () -> assertTrue(measured <= 70, measured + " runs"),
        () -> assertTrue(Files.readString(profile).contains("allocator = system\n")),
        () -> assertTrue(Files.readString(page).contains("id=\"trade-off\"")),
        () -> assertTrue(Files.readString(json).contains("\"schema\": \"onemalloc.tune\"")));
    Result again = tune(options);
    assertAll(
        () -> assertEquals(0, again.exitCode(), again.out() + again.err()),
        () -> assertTrue(again.err().contains(measured + " runs are in "), again.err()),
        () -> assertEquals(measured, runs().size(), "nothing is measured twice"),
        () -> assertEquals(result.out(), again.out()));
    Result run = Onemalloc.run("run", "-a", "system+" + profile, "--", "/bin/echo", "it runs");
    assertEquals("it runs\n", run.out(), run.err());
    Result other = tune("--least", "peak", "--", "sleep", ".4");
    assertEquals(2, other.exitCode(), other.out());
    assertTrue(other.err().contains("whose command is not this one"), other.err());
    Result goal = tune("--least", "cpu");
    assertEquals(2, goal.exitCode(), goal.out());
    assertTrue(goal.err().contains("whose goal is not this one"), goal.err());
    assertEquals(measured, runs().size());
  }

  @Test
  void goesOnAfterItWasKilled() throws Exception {
    for (int killed = 1; killed <= 3; killed++) {
      Process process =
          new ProcessBuilder(command("-n", "70"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      int enough = 4 * killed;
      while (process.isAlive()
          && (!Files.exists(folder.resolve("state")) || runs().size() < enough)) {
        Thread.sleep(20);
      }
      process.destroyForcibly().waitFor();
      assertTrue(runs().size() >= enough, runs().toString());
    }
    List<String> before = runs();
    Result result = tune("-n", "70");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertEquals(before, runs().subList(0, before.size()));
    assertEquals(places().size(), Stream.of(places()).flatMap(List::stream).distinct().count());
  }

  @Test
  void refusesBadInputInOneSentenceAndMakesNothing() throws Exception {
    Map<String, List<String>> bad =
        Map.of(
            "--within cpu is not a limit", List.of("--within", "cpu"),
            "--runs and --minutes are two budgets", List.of("-n", "50", "--minutes", "1"),
            "--runs must be at least 1", List.of("-n", "0"),
            "--minutes must be above 0", List.of("--minutes", "NaN"),
            "--runs 5 is not enough", List.of("-n", "5"),
            "the warm-up had no memory when idle", List.of("--least", "idle"),
            "the warm-up had no figure p99", List.of("--least", "p99"),
            "what is in it would be lost", List.of("--json", folder.resolve("state") + ""),
            "there is no such file", List.of("--", "./no-such-program"),
            "failed with exit code 1", List.of("--", "false"));
    for (Map.Entry<String, List<String>> each : bad.entrySet()) {
      Result result = tune(each.getValue().toArray(String[]::new));
      boolean failed = each.getKey().startsWith("failed");
      assertAll(
          each.getKey(),
          () -> assertTrue(result.err().contains(each.getKey()), result.err()),
          () -> assertEquals(failed ? 1 : 2, result.exitCode(), result.err()),
          () -> assertEquals("", result.out()),
          () -> assertFalse(Files.exists(folder.resolve("state"))));
    }
    Files.writeString(folder.resolve("state"), "a file of the user\n");
    Result result = tune();
    assertEquals(2, result.exitCode());
    assertEquals("a file of the user\n", Files.readString(folder.resolve("state")));
    for (String name : List.of("mimalloc+tuned", "system+trim", "nosuch")) {
      assertEquals(2, Onemalloc.run("tune", "-a", name, "--", "true").exitCode(), name);
    }
  }

  @Test
  void aProfileIsTakenByRunCompareAndLink() throws Exception {
    Path profile =
        Files.writeString(
            folder.resolve("a.profile"), "allocator = mimalloc\nMIMALLOC_PURGE_DELAY = 123\n");
    String name = "mimalloc+" + profile;
    Result run = Onemalloc.run("run", "-a", name, "--", "printenv", "MIMALLOC_PURGE_DELAY");
    assertEquals("123\n", run.out(), run.err());
    Result compared =
        Onemalloc.run("compare", "-a", "system," + name, "-n", "1", "--", "sleep", ".1");
    assertEquals(0, compared.exitCode(), compared.out() + compared.err());
    Path program = folder.resolve("bin/program");
    Files.createDirectories(program.getParent());
    Files.copy(Path.of("/bin/sleep").toRealPath(), program);
    program.toFile().setExecutable(true);
    Result linked = Onemalloc.run("link", program + "", "--profile", profile + "");
    assertEquals(0, linked.exitCode(), linked.out() + linked.err());
    String record = Files.readString(folder.resolve("lib/onemalloc/program.choice.properties"));
    assertTrue(record.contains("tuning=purge_delay=123\n"), record);
    Path trim =
        Files.writeString(
            folder.resolve("b.profile"), "allocator = system\nMALLOC_ARENA_MAX = 1\n");
    Map<String, List<String>> refused =
        Map.of(
            "is a profile of system, not of mimalloc",
            List.of("run", "-a", "mimalloc+" + trim, "--", "true"),
            "which are not built into a program",
            List.of("link", program + "", "--profile", trim + ""),
            "does not exist",
            List.of("run", "-a", "jemalloc+" + folder.resolve("none"), "--", "true"),
            "--profile replaces the server profile",
            List.of("link", program + "", "--tuned", "--profile", profile + ""));
    for (Map.Entry<String, List<String>> each : refused.entrySet()) {
      Result result = Onemalloc.run(each.getValue().toArray(String[]::new));
      assertEquals(2, result.exitCode(), result.err());
      assertTrue(result.err().contains(each.getKey()), result.err());
    }
  }
}
