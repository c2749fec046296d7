package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** Programs of musl, which are built here by musl-gcc. */
@Tag("slow")
class MuslTest {
  private static final String SOURCE =
      """
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>
      int main(int count, char **words) {
        for (int i = 0; i < 1000; i++) {
          char *text = malloc(100 + i);
          memset(text, 1, 100);
          if (i % 2) free(text);
        }
        puts("allocated");
        fflush(stdout);
        if (count > 1) usleep(1000 * atoi(words[1]));
      }
      """;

  @TempDir Path folder;
  private Path program;

  @BeforeEach
  void build() throws Exception {
    Tools.require("musl-gcc");
    folder = folder.toRealPath();
    Path source = Files.writeString(folder.resolve("program.c"), SOURCE);
    program = Files.createDirectory(folder.resolve("bin")).resolve("program");
    Process compiler =
        new ProcessBuilder(
                "musl-gcc", "-O1", "-fno-builtin", "-o", program.toString(), source.toString())
            .inheritIO()
            .start();
    assertEquals(0, compiler.waitFor());
  }

  private static void says(Result result, int exitCode, String... parts) {
    String all = result.out() + result.err();
    assertEquals(exitCode, result.exitCode(), all);
    for (String part : parts) {
      assertTrue(all.replaceAll("\\s+", " ").contains(part), all);
    }
  }

  @Test
  void runsOnTheCarriedMimallocAndSaysWhatWasProven() throws Exception {
    Result result = Onemalloc.run("run", "-v", "--", program.toString());
    says(
        result,
        0,
        "allocated",
        "A model of musl's loader binds all",
        "musl's own loader accepts it with all its libraries",
        "Not proven: what musl's loader itself binds");
    Result shown =
        Onemalloc.run(
            Map.of("MIMALLOC_VERBOSE", "1"),
            Onemalloc.command("run", "-a", "mimalloc", "--", program.toString()));
    says(shown, 0, "mimalloc: process init");
    says(Onemalloc.run("run", "-a", "system", "--", program.toString()), 0, "allocated");
    says(Onemalloc.run("run", "--", "nice", program.toString()), 0, "allocated");
  }

  @Test
  void refusesAnAllocatorOfGlibcByItsName() throws Exception {
    for (String start : new String[] {"env", "nice"}) {
      says(
          Onemalloc.run("run", "-a", "jemalloc@bundled", "--", start, program.toString()),
          2,
          "jemalloc@bundled is built for glibc and does not load in");
    }
    Tools.requireLibrary("libjemalloc2", "libjemalloc.so.2");
    says(
        Onemalloc.run("run", "-a", "jemalloc@installed", "--", program.toString()),
        2,
        "libjemalloc.so.2 is preloaded and needs libstdc++.so.6",
        "the loader ends the program before its first instruction",
        "does-not-start");
    says(
        Onemalloc.run("inspect", "-a", "jemalloc@installed", program.toString()),
        0,
        "does-not-start",
        "which nothing in this process of musl defines");
  }

  @Test
  void comparesAndSaysWhatNobodyMeasures() throws Exception {
    Path json = folder.resolve("result.json");
    Result result =
        Onemalloc.run(
            "compare",
            "-n",
            "1",
            "-a",
            "system,mimalloc",
            "--json",
            json.toString(),
            "--",
            program.toString(),
            "700");
    says(result, 0, "Whether musl's own heap stayed empty in program");
    String text = Files.readString(json);
    assertTrue(text.contains("libonemalloc-mimalloc"), text);
    assertTrue(text.contains("musl's malloc served program"), text);
    assertTrue(!result.out().contains("✓ mimalloc"), result.out());
  }

  @Test
  void findsAProgramThatDropsThePreload() throws Exception {
    Result result =
        Onemalloc.run(
            "compare",
            "-n",
            "1",
            "-a",
            "mimalloc",
            "--",
            "env",
            "-u",
            "LD_PRELOAD",
            program.toString(),
            "700");
    assertTrue(result.out().contains("runs on musl's malloc, not on"), result.out() + result.err());
  }

  @Test
  void linksAndUndoesToTheByte() throws Exception {
    byte[] before = Files.readAllBytes(program);
    says(
        Onemalloc.run("link", program.toString(), "--start=1"),
        0,
        "The model of the loader binds every malloc-family reference of",
        "that of musl does not print what it binds",
        "as far as its own first instruction",
        "Started with 1, it prints the same as before");
    says(Onemalloc.run("link", program.toString(), "--verify"), 0, "recorded SHA-256");
    Path moved = folder.resolve("moved");
    Files.createDirectory(moved);
    Files.move(folder.resolve("bin"), moved.resolve("bin"));
    Files.move(folder.resolve("lib"), moved.resolve("lib"));
    Path linked = moved.resolve("bin/program");
    Process process =
        new ProcessBuilder("env", "MIMALLOC_VERBOSE=1", linked.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(output.contains("mimalloc: process init"), output);
    says(
        Onemalloc.run("run", "-a", "system", "--", linked.toString()),
        2,
        "is linked with mimalloc");
    says(Onemalloc.run("run", "-a", "mimalloc", "--", linked.toString()), 0, "allocated");
    says(Onemalloc.run("link", linked.toString(), "--undo"), 0, "restored");
    assertEquals(HexFormat.of().formatHex(before), hex(linked));
    try (Stream<Path> left = Files.walk(moved)) {
      assertEquals(1, left.filter(Files::isRegularFile).count());
    }
  }

  private static String hex(Path file) throws Exception {
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }

  @Test
  void refusesToLinkItWithAnAllocatorOfGlibc() throws Exception {
    assumeTrue(Files.exists(program));
    String before = hex(program);
    says(
        Onemalloc.run("link", program.toString(), "-a", "jemalloc@bundled"),
        2,
        "is built for glibc and does not load in a program of musl");
    Tools.requireLibrary("libjemalloc2", "libjemalloc.so.2");
    Result result = Onemalloc.run("link", program.toString(), "-a", "jemalloc@installed");
    assertTrue(result.exitCode() != 0, result.out());
    assertEquals(before, hex(program));
  }
}
