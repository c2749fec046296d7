package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests that measurements are shown even if an output fails, and that no process is left running.
 */
@Tag("slow")
class CompareLossTest {
  @TempDir Path folder;

  @Test
  void showsTheTableWhereNoOutputCanBeWritten() throws Exception {
    assumeTrue(new File("/dev/full").exists(), "there is no /dev/full");
    Path page = folder.resolve("page.html");
    Result result =
        compare("--json", "/dev/full", "--report", page.toString(), "--", "sleep", ".2");
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertTrue(result.out().contains("✓ system"), result.out()),
        () -> assertTrue(result.err().contains("/dev/full"), result.err()),
        () -> assertTrue(Files.readString(page).contains("<svg"), result.err()));
  }

  @Test
  void writesWhatItCanWhereAFolderGoesAway() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    Path json = folder.resolve("samples.json");
    String program = "rm -rf " + gone + "; sleep .2";
    Result result =
        compare(
            "--report",
            gone.resolve("page.html") + "",
            "--json",
            json + "",
            "--",
            "sh",
            "-c",
            program);
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertTrue(result.out().contains("✓ system"), result.out()),
        () -> assertTrue(result.err().contains("page.html"), result.err()),
        () -> assertTrue(Files.readString(json).contains("\"runs\"")));
  }

  /** The program would have printed more, and did not notice. */
  @Test
  void saysThatThereIsNoRoomForWhatAProgramPrints() throws Exception {
    Tools.require("unshare");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root mounts");
    String mounted = "mount -t tmpfs -o size=4m none $0 && exec \"$@\"";
    List<String> command =
        new ArrayList<>(List.of("unshare", "-m", "sh", "-c", mounted, folder.toString()));
    List<String> words = words("--", "sh", "-c", "head -c 9000000 /dev/zero; sleep .2");
    words.add(1, "-Djava.io.tmpdir=" + folder);
    command.addAll(words);
    File err = Files.createTempFile("loss", ".err").toFile();
    try {
      Process process = new ProcessBuilder(command).redirectError(err).start();
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
      assertEquals(1, process.waitFor(), Onemalloc.text(err));
      assertTrue(Onemalloc.text(err).contains("There is no room left in " + folder));
    } finally {
      Files.delete(err.toPath());
    }
  }

  @Test
  void saysThatStandardOutputCouldNotBeWritten() throws Exception {
    assumeTrue(new File("/dev/full").exists(), "there is no /dev/full");
    List<String> command = words("--", "sleep", ".1");
    File err = folder.resolve("err").toFile();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(new File("/dev/full"))
            .redirectError(err)
            .start();
    assertEquals(2, process.waitFor());
    assertTrue(Onemalloc.text(err).contains("could not be written"), Onemalloc.text(err));
  }

  @Test
  void measuresAProgramThatEmptiesItsTemporaryDirectory() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String program = "rm -rf " + temporary + "; sleep .2";
    List<String> command = words("-n", "2", "--", "sh", "-c", program);
    command.add(1, "-Djava.io.tmpdir=" + temporary);
    Result result = Onemalloc.run(Map.of("TMPDIR", temporary.toString()), command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
  }

  @Test
  void isNotHeldUpByAPipeInPlaceOfThePhases() throws Exception {
    Tools.require("mkfifo");
    String program = "rm \"$ONEMALLOC_PHASES\"; mkfifo \"$ONEMALLOC_PHASES\"; sleep .4";
    Result result = compare("--", "sh", "-c", program);
    assertEquals(0, result.exitCode(), result.out() + result.err());
  }

  @Test
  void keepsWhatWasMeasuredWhereTheProgramGoesAway() throws Exception {
    Path program = folder.resolve("once");
    // The program deletes itself after the warm-up and the first round.
    Files.writeString(
        program,
        "#!/bin/sh\necho x >>%s/runs\n[ $(wc -l <%s/runs) -lt 2 ] || rm %s\nsleep .1\n"
            .formatted(folder, folder, program));
    assertTrue(program.toFile().setExecutable(true));
    Result result = compare("-n", "3", "--", program.toString());
    assertAll(
        () -> assertEquals(1, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("stopped in round 1 of 3"), result.out()),
        () -> assertTrue(result.out().contains("It ended in round 2"), result.out()));
  }

  @Test
  void leavesNothingRunningWhenItsGroupIsKilled() throws Exception {
    Tools.require("setsid");
    // One process in the group, one in its own session, one without the mark in its environment,
    // and one whose name looks like the end of its name in /proc/PID/stat.
    Path odd = Files.copy(Path.of("/bin/sleep"), folder.resolve("a) S 1\n) 2"));
    String program =
        "sleep 14142 & setsid sleep 14142 & setsid env -i sleep 14142 &"
            + " setsid env -i bash -c 'exec -a sleep \"$0\" 14142' '%s' & wait".formatted(odd);
    File log = folder.resolve("log").toFile();
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(words("--", "sh", "-c", program));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    command.add(2, "-Djava.io.tmpdir=" + temporary);
    Process compare = new ProcessBuilder(command).redirectOutput(log).redirectError(log).start();
    await(() -> Processes.running("sleep 14142") == 4);
    Thread.sleep(500); // The next sample reports processes outside the group.
    new ProcessBuilder("sh", "-c", "kill -KILL -" + compare.pid()).start().waitFor();
    await(() -> Processes.running("sleep 14142") == 0 && temporary.toFile().list().length == 0);
    assertTrue(compare.waitFor(1, TimeUnit.MINUTES));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
      Thread.sleep(50);
    }
    assertTrue(condition.getAsBoolean());
  }

  private static Result compare(String... words) throws Exception {
    return Onemalloc.run(Map.of(), words(words));
  }

  private static List<String> words(String... more) {
    List<String> words = new ArrayList<>(List.of("compare", "-a", "system", "-n", "1"));
    if (more[0].equals("-n")) {
      words = new ArrayList<>(List.of("compare", "-a", "system"));
    }
    words.addAll(List.of(more));
    return new ArrayList<>(Onemalloc.command(words.toArray(String[]::new)));
  }
}
