package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
class CompareTest {
  @TempDir Path folder;

  @Test
  void stopsWhereTheCommandFailsAsItIs() throws Exception {
    Result result = compare("system,mimalloc", 3, "--", "sh", "-c", "echo no licence; exit 7");
    assertAll(
        () -> assertEquals(1, result.exitCode()),
        () -> assertEquals("", result.out()),
        () -> assertTrue(result.err().contains("failed with exit code 7"), result.err()),
        () -> assertTrue(result.err().contains("no licence"), result.err()),
        () -> assertEquals(1, count(result.err(), "(?m)^(warm-up|run)"), result.err()));
  }

  @Test
  void saysThatARunUsedFarLessTimeThanTheOthers() throws Exception {
    String work = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
    String program = "case $LD_PRELOAD in *mimalloc*) sleep .3;; *) " + work + ";; esac";
    Result result = compare("system,mimalloc,system+arenas", 1, "--", "sh", "-c", program);
    String said = result.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("note mimalloc used 0."), result.out());
    assertTrue(said.contains("check that it did its work"), result.out());
  }

  @Test
  void measuresEachVariantInARoundAndWritesTheFiles() throws Exception {
    Path json = folder.resolve("samples.json");
    Path page = folder.resolve("page.html");
    Result result =
        compare(
            "system,mimalloc",
            2,
            "--seed",
            "4711",
            "--json",
            json + "",
            "--report",
            page + "",
            "--",
            "sleep",
            ".5");
    String samples = Files.readString(json);
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("mimalloc"), result.out()),
        () -> assertTrue(Files.readString(page).contains("<svg")),
        () -> assertEquals(4, count(samples, "\"proven\"\\s*:\\s*true")),
        () -> assertTrue(samples.contains("\"seed\": \"4711\""), samples),
        () ->
            assertTrue(
                samples.matches(
                    "(?s).*\"reproduce\": \\[\\s*\"onemalloc\",\\s*\"compare\",\\s*\"-a\".*"),
                samples),
        () ->
            assertEquals(
                List.of("warm-up: system", "run 1 of 4: mimalloc", "run 2 of 4: system"),
                result
                    .err()
                    .lines()
                    .filter(line -> line.matches("(warm-up|run [12] of).*"))
                    .map(line -> line.replaceAll(",.*", ""))
                    .toList()),
        () -> assertTrue(result.err().contains("One run each"), result.err()));
  }

  @Test
  void seesThePeakOfTheWholeTree() throws Exception {
    Tools.require("python3");
    Path json = folder.resolve("samples.json");
    // Each process holds its block after both have one for as long as that took, even if one of
    // them starts late.
    String program =
        """
        import os, sys, time
        begin = os.stat(sys.argv[1] + ".start").st_mtime
        block = bytearray(120 << 20)
        os.rename(sys.argv[1] + ".start", sys.argv[1])
        while not (os.path.exists("one") and os.path.exists("other")): time.sleep(.01)
        time.sleep(max(1, time.time() - begin))
        """;
    String both =
        """
        cd %s; touch one.start other.start
        python3 -c '%2$s' one & python3 -c '%2$s' other & wait
        """
            .formatted(folder, program);
    compare("system", 1, "--json", json + "", "--", "sh", "-c", both);
    Matcher peak =
        Pattern.compile("\"peakRssBytes\"\\s*:\\s*(\\d+)").matcher(Files.readString(json));
    assertTrue(peak.find());
    assertTrue(Long.parseLong(peak.group(1)) > 240L << 20, peak.group(1));
  }

  @Test
  void doesNotTakeItsOwnPeakForThatOfASmallProgram() throws Exception {
    Path json = folder.resolve("samples.json");
    compare("system", 2, "--json", json + "", "--", "sleep", ".3");
    List<Long> peaks =
        Pattern.compile("\"peakRssBytes\"\\s*:\\s*(\\d+)")
            .matcher(Files.readString(json))
            .results()
            .map(peak -> Long.valueOf(peak.group(1)))
            .toList();
    assertEquals(2, peaks.size());
    assertTrue(peaks.stream().allMatch(peak -> peak < 16L << 20), peaks.toString());
  }

  @Test
  void showsWhatAFailingVariantSaidAndGoesOn() throws Exception {
    String program = "case $LD_PRELOAD in *mimalloc*) echo out of cheese >&2; exit 3;; esac";
    Result result = compare("system,mimalloc,system+arenas", 1, "--", "sh", "-c", program);
    assertAll(
        () -> assertEquals(1, result.exitCode()),
        () -> assertTrue(result.out().contains("out of cheese"), result.out()),
        () -> assertFalse(result.out().contains("end MB"), result.out()),
        () -> assertEquals(4, count(result.err(), "(?m)^(warm-up|run)"), result.err()));
  }

  /** ldd asks it whether it can load a file, as RocksDB's Java library does at its start. */
  @Test
  void theLoaderWithoutAProgramLeavesNothingUnseen() throws Exception {
    Result result = compare("system,mimalloc", 1, "--", "sh", "-c", "ldd /bin/true; sleep .3");
    assertFalse(result.out().contains("shows no library"), result.out());
  }

  @Test
  void doesNotCountARunThatAllocatesPastTheAllocator() throws Exception {
    Path program =
        Tools.compile(
            folder,
            "escape",
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <unistd.h>
            #include <stddef.h>
            int main(void) {
              void *libc = dlopen("libc.so.6", RTLD_LAZY);
              void *(*own)(size_t) = dlsym(libc, "malloc");
              for (int i = 0; i < 1000; i++) own(1000);
              usleep(600000);
              return 0;
            }
            """,
            "-ldl");
    Result result = compare("system,mimalloc", 1, "--", program.toString());
    assertEquals(1, result.exitCode(), result.out());
    assertTrue(result.out().contains("also allocates with glibc"), result.out());
  }

  @Test
  void learnsFromTheWarmUpWhichJavaAScriptStarts() throws Exception {
    Path program =
        Files.writeString(
            folder.resolve("Strings.java"),
            """
            import java.lang.foreign.*;
            void main() throws Throwable {
              Linker linker = Linker.nativeLinker();
              MemorySegment strdup = linker.defaultLookup().findOrThrow("strdup");
              MemorySegment free = linker.defaultLookup().findOrThrow("free");
              var copy = FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);
              var drop = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);
              MemorySegment text = Arena.global().allocateFrom("x".repeat(2000));
              linker.downcallHandle(free, drop).invoke(
                  (MemorySegment) linker.downcallHandle(strdup, copy).invoke(text));
            }
            """);
    String java = Onemalloc.java() + " --enable-native-access=ALL-UNNAMED ";
    Path script =
        Files.writeString(folder.resolve("start"), "#!/bin/sh\nexec " + java + program + "\n");
    assertTrue(script.toFile().setExecutable(true));
    Path elsewhere = Files.createDirectory(folder.resolve("no-java-here"));
    Result result =
        Onemalloc.run(
            Map.of("JAVA_HOME", elsewhere.toString()),
            Onemalloc.command("compare", "-n", "1", "--", script.toString()));
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("system+trim"), result.out()));
  }

  @Test
  void provesAnAllocatorWhoseNameIsALink() throws Exception {
    Tools.requireLibrary("tcmalloc", "libtcmalloc_minimal.so.4");
    Result result = compare("system,tcmalloc", 1, "--", "sleep", ".3");
    assertEquals(0, result.exitCode(), result.out() + result.err());
  }

  @Test
  void doesNotCountARunWithAStaticallyLinkedChild() throws Exception {
    String source = "#include <unistd.h>\nint main(void) { return usleep(300000); }";
    Path program = Tools.compile(folder, "static", source, "-static");
    Result result = compare("system,mimalloc", 1, "--", "sh", "-c", program + "; true");
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("linked into"), result.out());
  }

  @Test
  void startsEachRunWithoutTheDaemonsOfTheLast() throws Exception {
    Tools.require("ps");
    Path served = folder.resolve("served");
    String program =
        "ps -e -o args | grep -c '^[s]leep 27182$' >> %s; setsid sleep 27182 & sleep .2"
            .formatted(served);
    compare("system,mimalloc", 1, "--idle", ".4", "--", "sh", "-c", program);
    assertEquals(List.of("0", "0", "0"), Files.readAllLines(served));
  }

  @Test
  void seesThePeakOfAProgramShorterThanTheInterval() throws Exception {
    Tools.require("python3");
    Path json = folder.resolve("samples.json");
    // The block is larger than the peak of the command's JVM. Below that, the kernel's figure is
    // the JVM's.
    String program = "import time; block = bytearray(400 << 20); time.sleep(.1)";
    compare(
        "system", 1, "--interval", "60000", "--json", json + "", "--", "python3", "-c", program);
    Matcher peak =
        Pattern.compile("\"peakRssBytes\"\\s*:\\s*(\\d+)").matcher(Files.readString(json));
    assertTrue(peak.find());
    long bytes = Long.parseLong(peak.group(1));
    assertTrue(bytes > 400L << 20 && bytes < 440L << 20, peak.group(1));
  }

  @Test
  void letsABusyProgramWorkHoweverOftenItIsSampled() throws Exception {
    String program = "i=0; while [ $i -lt 1500000 ]; do i=$((i+1)); done; exit 3";
    Result result =
        compare("system", 1, "--interval", "10", "--idle", ".3", "--", "sh", "-c", program);
    assertTrue(result.err().contains("exit code 3"), result.out() + result.err());
  }

  @Test
  void endsAProgramThatHasComeToRest() throws Exception {
    Result result = compare("system", 1, "--idle", "1", "--", "sleep", "100");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().matches("(?s).*end MB +idle MB.*"), result.out());
  }

  @Test
  void refusesUnusableInputBeforeTheFirstRun() throws Exception {
    refused("must be at least 1", "-n", "0", "--", "true");
    refused("from 10 ms to an hour", "--interval", "1", "--", "true");
    refused("from 10 ms to an hour", "--interval", Long.MAX_VALUE + "", "--", "true");
    refused("from 0 to a day", "--idle", "1e300", "--", "true");
    refused("from 0 to a day", "--idle", "NaN", "--", "true");
    refused("named twice", "-a", "system,system", "--", "true");
    refused("does not name an allocator", "-a", "system,,mimalloc", "--", "true");
    refused("see onemalloc compare --help", "--frobnicate", "--", "true");
    refused("cannot be written", "--report", "/no/such/folder/f.html", "--", "true");
    refused("is a directory", "--json", folder.toString(), "--", "true");
    refused("not found in PATH", "--", "no-such-program");
    refused("no allocator called", "-a", "system,nomalloc", "--", "true");
    refused("is not a variant", "-a", "mimalloc+trim", "--", "true");
  }

  private static void refused(String reason, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("compare"));
    words.addAll(List.of(arguments));
    Result result = Onemalloc.run(words.toArray(String[]::new));
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertTrue(result.err().contains(reason), result.err()),
        () -> assertEquals(1, result.err().lines().count(), result.err()),
        () -> assertEquals("", result.out()));
  }

  @Test
  void keepsWhatWasMeasuredOnInterrupt() throws Exception {
    File out = folder.resolve("out").toFile();
    File err = folder.resolve("err").toFile();
    Process compare = start(out, err, "-a", "system,mimalloc", "-n", "9", "--", "sleep", ".4");
    await(() -> text(err).lines().count() >= 4);
    signal("INT", compare.pid());
    assertEquals(130, compare.waitFor());
    assertAll(
        () -> assertTrue(text(out).contains("mimalloc"), text(out)),
        () -> assertTrue(text(out).matches("(?s).*(stopped|interrupted).*"), text(out)));
  }

  @Test
  void leavesNoProcessAndNoFileBehindWhenItIsKilled() throws Exception {
    String marker = "sleep 31415";
    assertNothingIsLeft(marker, 3, "sh", "-c", marker + " & setsid " + marker + " & " + marker);
  }

  /** As Redis and PostgreSQL do, whose title takes the place of the environment. */
  @Test
  void leavesNoProcessBehindThatOverwritesItsEnvironment() throws Exception {
    Path program =
        Tools.compile(
            folder,
            "overwrites",
            """
            #include <string.h>
            #include <unistd.h>
            extern char **environ;
            int main(void) {
              for (char **each = environ; *each; each++) memset(*each, 0, strlen(*each));
              return sleep(31415);
            }
            """);
    assertNothingIsLeft(program.toString(), 1, program.toString());
  }

  private void assertNothingIsLeft(String marker, int processes, String... program)
      throws Exception {
    File log = folder.resolve("log").toFile();
    List<String> words = new ArrayList<>(List.of("compare", "-a", "system", "--"));
    words.addAll(List.of(program));
    ProcessBuilder builder = new ProcessBuilder(Onemalloc.command(words.toArray(String[]::new)));
    builder.command().add(1, "-Djava.io.tmpdir=" + Files.createDirectory(folder.resolve("tmp")));
    Process compare = builder.redirectOutput(log).redirectError(log).start();
    await(() -> Processes.running(marker) == processes);
    signal("KILL", compare.pid());
    await(
        () -> Processes.running(marker) == 0 && folder.resolve("tmp").toFile().list().length == 0);
    assertEquals(0, Processes.running(marker));
    assertFalse(compare.isAlive());
  }

  @Test
  void leavesNothingWhereItIsEndedWhileItBegins() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    File log = folder.resolve("log").toFile();
    for (int delay = 200; delay <= 2400; delay += 200) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Onemalloc.command("compare", "-a", "mimalloc", "-n", "1", "--", "sleep", "1"));
      builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
      Process compare = builder.redirectOutput(log).redirectError(log).start();
      Thread.sleep(delay);
      signal("TERM", compare.pid());
      compare.waitFor();
      assertEquals(List.of(), List.of(temporary.toFile().list()), "after " + delay + " ms");
    }
  }

  private static Process start(File out, File err, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("compare"));
    words.addAll(List.of(arguments));
    // A background process of a shell without job control ignores SIGINT.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(Onemalloc.command(words.toArray(String[]::new)));
    return new ProcessBuilder(command).redirectOutput(out).redirectError(err).start();
  }

  private static void signal(String name, long pid) throws Exception {
    // The shell's built-in command, because a minimal system has no kill(1) program.
    new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(name, pid)).start().waitFor();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
      Thread.sleep(50);
    }
    assertTrue(condition.getAsBoolean());
  }

  private static String text(File file) {
    try {
      return file.exists() ? Onemalloc.text(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Result compare(String variants, int runs, String... rest) throws Exception {
    List<String> words = new ArrayList<>(List.of("compare", "-a", variants, "-n", runs + ""));
    words.addAll(List.of(rest));
    return Onemalloc.run(words.toArray(String[]::new));
  }

  private static int count(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    int found = 0;
    while (matcher.find()) {
      found++;
    }
    return found;
  }
}
