package org.onemalloc.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.inspect.hazard.program.FreesThroughDefaultLookup;

/**
 * The whole of {@code inspect} under Jazzer: a quarter of -Dfuzz=SECONDS, or of ten minutes with
 * -Dnightly. The readers of single formats have the rest, in {@code objectfile}.
 */
@Tag("slow")
class FuzzTest {
  private static final int NIGHTLY_SECONDS = 600;
  private static final int SHARE = 4;

  @TempDir Path directory;

  @Test
  void noFileLeadsToMoreThanASentence() throws Exception {
    int otherwise = System.getProperty("nightly") == null ? 0 : NIGHTLY_SECONDS;
    int seconds = Integer.getInteger("fuzz", otherwise) / SHARE;
    Assumptions.assumeTrue(seconds > 0, "why: fuzzing takes a while, ask with -Dfuzz=60");
    Path seeds = seeds();
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + FuzzTarget.class.getName());
    // Not the readers of objectfile: they are fuzzed there, and the host's own files go through
    // them.
    command.add(
        "--instrumentation_includes=org.onemalloc.inspect.*:org.onemalloc.inspect.archive.*"
            + ":org.onemalloc.inspect.macos.*:org.onemalloc.inspect.windows.*"
            + ":org.onemalloc.inspect.hazard.*");
    command.add("--reproducer_path=" + directory);
    command.add("-max_total_time=" + seconds);
    command.add("-timeout=10");
    command.add("-rss_limit_mb=3000");
    command.add("-artifact_prefix=" + directory + "/");
    command.add(seeds.toString());
    Path log = directory.resolve("log");
    int status =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    List<String> lines = Files.readAllLines(log);
    System.out.println(lines.isEmpty() ? "" : lines.getLast());
    assertEquals(0, status, () -> String.join("\n", lines));
  }

  /** One of each kind of file, the small ones: libFuzzer mutates whole inputs. */
  private Path seeds() throws Exception {
    final String compiler = Tools.find("cc");
    final String archiver = Tools.find("ar");
    Path seeds = Files.createDirectory(directory.resolve("seeds"));
    Path source =
        Files.writeString(
            directory.resolve("seed.c"),
            "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }\nint main(void) { f(); }\n");
    Path object = seeds.resolve("seed.o");
    Path library = seeds.resolve("libseed.so");
    Tools.run(List.of(compiler, "-c", "-fPIC", "-o", object.toString(), source.toString()));
    Tools.run(List.of(compiler, "-shared", "-s", "-o", library.toString(), object.toString()));
    Tools.run(
        List.of(compiler, "-s", "-o", seeds.resolve("program").toString(), source.toString()));
    Tools.run(List.of(archiver, "rc", seeds.resolve("libseed.a").toString(), object.toString()));
    Path jar = seeds.resolve("seed.jar");
    Path looker = directory.resolve("Looker.class");
    try (InputStream in =
        FreesThroughDefaultLookup.class.getResourceAsStream("FreesThroughDefaultLookup.class")) {
      Files.write(looker, in.readAllBytes());
    }
    zip(jar, ZipEntry.DEFLATED, library, object, seeds.resolve("libseed.a"), looker);
    zip(seeds.resolve("class.jar"), ZipEntry.STORED, looker);
    zip(seeds.resolve("outer.jar"), ZipEntry.STORED, jar, seeds.resolve("program"));
    Files.write(
        seeds.resolve("mimalloc.dylib"),
        RealNatives.bytes("natives-macos.jar!/macos/x64/org/lwjgl/mimalloc/libmimalloc.dylib"));
    Files.write(
        seeds.resolve("mimalloc.dll"),
        RealNatives.bytes("natives-windows.jar!/windows/x64/org/lwjgl/mimalloc/mimalloc.dll"));
    return seeds;
  }

  private static void zip(Path to, int method, Path... files) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (Path file : files) {
        byte[] content = Files.readAllBytes(file);
        ZipEntry entry = new ZipEntry(file.getFileName().toString());
        entry.setMethod(method);
        entry.setSize(content.length);
        CRC32 sum = new CRC32();
        sum.update(content);
        entry.setCrc(sum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
      }
    }
  }
}
