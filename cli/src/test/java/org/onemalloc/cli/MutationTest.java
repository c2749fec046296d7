package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Tests inspect and link with damaged programs and libraries. Whatever a file contains, the result
 * is an exit code and sentences. A refused file is unchanged, and undoing a link restores the file
 * byte for byte.
 *
 * <p>{@code -Dmutate=SECONDS} sets the duration (the default is 10, with {@code -Dnightly} 600),
 * and {@code -Dmutate.seed=N} repeats a run.
 */
@Tag("slow")
class MutationTest {
  private static final int USUAL_SECONDS = 10;
  private static final int NIGHT_SECONDS = 600;

  @TempDir Path folder;

  private final Map<String, Integer> counts = new TreeMap<>();

  private record Answer(int exitCode, String out, String err) {}

  @Test
  void anExitCodeAndSentencesWhateverTheFileSays() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/exe")), "programs of Linux are needed");
    long seed = Long.getLong("mutate.seed", System.nanoTime());
    Random random = new Random(seed);
    List<ElfMutator> programs = new ArrayList<>();
    List<ElfMutator> libraries = new ArrayList<>();
    for (String name : List.of("true", "env", "sort")) {
      programs.add(mutator(Path.of("/usr/bin", name), random));
    }
    Path java = Path.of(System.getProperty("java.home"));
    for (String name : List.of("libzip.so", "libjli.so", "libsyslookup.so", "libnio.so")) {
      libraries.add(mutator(java.resolve("lib").resolve(name), random));
    }
    int usual = System.getProperty("nightly") == null ? USUAL_SECONDS : NIGHT_SECONDS;
    long end = System.nanoTime() + Integer.getInteger("mutate", usual) * 1_000_000_000L;
    do {
      String context = "seed " + seed + ", " + counts;
      inspect(libraries.get(random.nextInt(libraries.size())).next(), context);
      byte[] program = programs.get(random.nextInt(programs.size())).next();
      inspect(program, context);
      linkVerifyUndo(program, context);
    } while (System.nanoTime() < end);
    System.out.println("mutations: " + counts + ", seed " + seed);
  }

  private static ElfMutator mutator(Path file, Random random) throws IOException {
    return new ElfMutator(Files.readAllBytes(file.toRealPath()), random);
  }

  private void inspect(byte[] content, String context) throws IOException {
    Path file = Files.write(folder.resolve("mutant"), content);
    Answer answer = answer(context, "inspect", file.toString());
    count("inspected " + answer.exitCode);
    Files.delete(file);
  }

  private void linkVerifyUndo(byte[] content, String context) throws IOException {
    Path place = Files.createDirectory(folder.resolve("place"));
    Path program = Files.write(place.resolve("program"), content);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Answer linked = answer(context, "link", program.toString(), "-a", "mimalloc");
    count("linked " + linked.exitCode);
    if (linked.exitCode == 0 && !linked.out.contains("nothing to do")) {
      assertEquals(0, answer(context, "link", "--verify", program.toString()).exitCode, context);
      assertEquals(0, answer(context, "link", "--undo", program.toString()).exitCode, context);
      count("undone");
    }
    assertArrayEquals(content, Files.readAllBytes(program), context + ": " + linked);
    try (Stream<Path> left = Files.walk(place)) {
      List<Path> all = left.sorted(Comparator.reverseOrder()).toList();
      assertEquals(
          List.of(program), all.stream().filter(Files::isRegularFile).toList(), context + linked);
      for (Path file : all) {
        Files.delete(file);
      }
    }
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  /** Runs a command in this JVM, because starting a JVM for each would take most of the time. */
  private Answer answer(String context, String... words) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String of = context + ": " + String.join(" ", words);
    int exitCode;
    try {
      exitCode = line.execute(words);
    } catch (Throwable t) {
      keep(context);
      throw new AssertionError(of, t);
    }
    String said = err.toString();
    if (exitCode < 0 || exitCode > 2 || said.contains("\tat ")) {
      keep(context);
    }
    assertTrue(exitCode >= 0 && exitCode <= 2, of + " gave " + exitCode);
    assertTrue(!said.contains("\tat ") && !said.contains("Exception"), of + " said " + said);
    assertTrue(exitCode == 0 || said.startsWith("onemalloc: "), of + " said " + said);
    return new Answer(exitCode, out.toString(), said);
  }

  /** Keeps a copy of the files, because the temporary folder is deleted even if a test fails. */
  private void keep(String context) throws IOException {
    for (String name : List.of("mutant", "place/program")) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        Path kept = Files.createTempFile("onemalloc-mutant-", "");
        Files.write(kept, Files.readAllBytes(file));
        System.out.println(kept + " is what failed: " + context);
      }
    }
  }
}
