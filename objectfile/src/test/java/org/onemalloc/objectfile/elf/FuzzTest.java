package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ForeignFuzzTarget;

/** Runs coverage-guided fuzzing by Jazzer: for -Dfuzz=SECONDS, or ten minutes with -Dnightly. */
@Tag("slow")
class FuzzTest {
  private static final int NIGHTLY_SECONDS = 600;

  /** The Mach-O and PE readers get a third of the time, because there are no editors to test. */
  private static final int FOREIGN_SHARE = 3;

  @TempDir Path directory;

  @Test
  void findsNothingInElf() throws Exception {
    Path seeds = Files.createDirectory(directory.resolve("seeds"));
    fuzz(
        FuzzTarget.class,
        "org.onemalloc.objectfile.elf.Elf*:org.onemalloc.objectfile.elf.NeededLibraries*:org.onemalloc.objectfile.elf.AliasSymbols*:org.onemalloc.objectfile.elf.InitialExecTls*",
        () -> elfSeeds(seeds),
        1);
  }

  @Test
  void findsNothingInMachOAndPe() throws Exception {
    fuzz(
        ForeignFuzzTarget.class,
        "org.onemalloc.objectfile.macho.*:org.onemalloc.objectfile.pe.*:org.onemalloc.objectfile.bytes.*",
        this::foreignSeeds,
        FOREIGN_SHARE);
  }

  private void fuzz(Class<?> target, String instrumented, Callable<Path> seeds, int share)
      throws Exception {
    Programs.assumeX64Linux();
    int otherwise = System.getProperty("nightly") == null ? 0 : NIGHTLY_SECONDS;
    int seconds = Integer.getInteger("fuzz", otherwise) / share;
    Assumptions.assumeTrue(seconds > 0, "why: fuzzing takes a while, ask with -Dfuzz=60");
    Path corpus = seeds.call();
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-cp", classPath(), "com.code_intelligence.jazzer.Jazzer"));
    command.add("--target_class=" + target.getName());
    command.add("--instrumentation_includes=" + instrumented);
    command.add("--reproducer_path=" + directory);
    command.add("-max_total_time=" + seconds);
    command.add("-timeout=10");
    command.add("-rss_limit_mb=3000");
    command.add("-artifact_prefix=" + directory + "/");
    command.add(corpus.toString());
    Programs.Result result = Programs.run(Map.of(), command);
    List<String> lines = result.output().lines().toList();
    System.out.println(lines.isEmpty() ? "" : lines.getLast());
    assertEquals(0, result.exitCode(), result.output());
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** Writes real files as seeds, only small ones because libFuzzer mutates whole inputs. */
  private Path elfSeeds(Path seeds) throws IOException, InterruptedException {
    Path source = Programs.source(directory, "family.c");
    for (String options : List.of("-O1", "-no-pie", "-static-pie", "-m32", "-fuse-ld=lld", "-s")) {
      String program = seeds.resolve("program" + options).toString();
      List<String> command = List.of("cc", options, "-o", program, source.toString());
      var _ = Programs.run(Map.of(), command);
    }
    ElfFile model = Native.MIMALLOC.file();
    Files.write(seeds.resolve("stub"), StubObject.create(model, "name", List.of("libc.so.6")));
    for (Native library : Native.all()) {
      if (library.allocator().equals("mimalloc")) {
        Files.write(seeds.resolve(library.toString()), library.bytes());
      }
    }
    return seeds;
  }

  private Path foreignSeeds() throws IOException {
    Path seeds = Files.createDirectory(directory.resolve("foreign"));
    for (String library : ForeignFuzzTarget.libraries()) {
      byte[] content = ForeignFuzzTarget.bytes(library);
      Files.write(seeds.resolve(library.replace('/', '-')), content);
    }
    return seeds;
  }
}
