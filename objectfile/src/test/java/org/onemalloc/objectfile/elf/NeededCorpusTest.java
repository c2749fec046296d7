package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Edits every program of this machine (with -Dnightly), or every twelfth, and checks the result.
 */
@Tag("slow")
class NeededCorpusTest {
  private static final String NAME = "$ORIGIN/../lib/onemalloc/libmimalloc.so";
  private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
  private static final int SAMPLE = 12;

  @TempDir Path directory;

  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private final Map<NeededLibraries.Change, Integer> changes =
      new EnumMap<>(NeededLibraries.Change.class);
  private final List<String> own = new ArrayList<>();
  private Path allocator;
  private Path program;

  private static final class Tally {
    int right;
    long growth;
    int unchangedSize;
    final List<String> wrong = new ArrayList<>();
    final List<Long> growths = new ArrayList<>();

    long medianGrowth() {
      return growths.stream().sorted().skip(growths.size() / 2).findFirst().orElse(0L);
    }
  }

  @Test
  void programsBindAsUnderPreloadingAlsoAfterStrip() throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("strip", "llvm-strip", "eu-elflint", "patchelf");
    List<Path> programs = programs();
    int lintNews = 0;
    for (Path original : programs) {
      lintNews += examine(original);
    }
    System.out.println(report(programs.size()));
    for (String way : List.of("edited", "edited, strip", "edited, llvm-strip")) {
      assertEquals(List.of(), tallies.get(way).wrong, way);
      assertEquals(programs.size(), tallies.get(way).right, way);
    }
    assertEquals(0, lintNews);
    if (isWhole()) {
      assertTrue(tallies.get("edited").unchangedSize >= 0.8 * programs.size());
    }
  }

  /**
   * Returns whether all programs are edited. The share of files that keep their size is defined for
   * all programs; in a sample of 60 it varies too much.
   */
  private static boolean isWhole() {
    return System.getProperty("nightly") != null;
  }

  private static List<Path> programs() throws IOException {
    Set<Path> found = new TreeSet<>();
    Path jdk = Path.of(System.getProperty("java.home"));
    for (Path place :
        List.of(
            Path.of("/usr/bin"), Path.of("/usr/sbin"), jdk.resolve("bin"), jdk.resolve("lib"))) {
      try (Stream<Path> files = Files.list(place)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (!Files.isSymbolicLink(file) && isDynamicProgram(file)) {
            found.add(file);
          }
        }
      }
    }
    List<Path> all = List.copyOf(found);
    if (isWhole()) {
      return all;
    }
    List<Path> sample = new ArrayList<>();
    for (int i = 0; i < all.size(); i += SAMPLE) {
      sample.add(all.get(i));
    }
    return sample;
  }

  private static boolean isDynamicProgram(Path path) {
    try {
      ElfFile file = ElfFile.read(path);
      return file.isDynamic() && file.interpreter().filter(GLIBC::equals).isPresent();
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }

  private void sweep() throws IOException {
    try (Stream<Path> files = Files.walk(program.getParent().getParent())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * Copies the program into the layout of an image, with the libraries that it finds through
   * $ORIGIN.
   */
  private void stage(Path original) throws IOException {
    Path root = Files.createTempDirectory(directory, "image");
    program = Files.createDirectory(root.resolve("bin")).resolve(original.getFileName());
    Path libraries = Files.createDirectory(root.resolve("lib"));
    Path own = original.getParent().resolveSibling("lib");
    if (Files.exists(own.resolve("libjli.so"))) {
      try (Stream<Path> files = Files.list(own)) {
        for (Path file : files.toList()) {
          Files.createSymbolicLink(libraries.resolve(file.getFileName()), file);
          Path beside = program.resolveSibling(file.getFileName());
          if (original.getParent().equals(own) && !beside.equals(program)) {
            Files.createSymbolicLink(beside, file);
          }
        }
      }
    }
    Path home = Files.createDirectory(libraries.resolve("onemalloc"));
    allocator = Programs.write(home, "libmimalloc.so", Native.MIMALLOC.preloadable());
  }

  private int examine(Path original) throws Exception {
    stage(original);
    byte[] content = Files.readAllBytes(original);
    put(content);
    Set<String> reference = Bindings.of(program, Map.of("LD_PRELOAD", allocator.toString()));
    if (!Bindings.anyMallocFrom(allocator, reference)) {
      // The program defines malloc itself, as mold does; no loaded library replaces that
      // definition.
      assertTrue(
          ElfFile.of(content, original.toString()).exports("malloc"), original + " proves nothing");
      own.add(original.toString());
    }
    final Set<String> lint = lint();

    NeededLibraries.Edit edit =
        NeededLibraries.first(ElfFile.of(content, program.toString()), NAME);
    changes.merge(edit.change(), 1, Integer::sum);
    put(edit.file().bytes());
    judge("edited", original, reference, content.length);
    Set<String> news = lint();
    news.removeAll(lint);
    if (!news.isEmpty()) {
      System.out.println(original + " " + edit.change() + " " + news);
    }
    NeededLibraries.Edit again = NeededLibraries.first(ElfFile.read(program), NAME);
    assertEquals(NeededLibraries.Change.NONE, again.change());
    assertArrayEquals(edit.file().bytes(), again.file().bytes());

    strip("strip", edit.file().bytes());
    judge("edited, strip", original, reference, content.length);
    strip("llvm-strip", edit.file().bytes());
    judge("edited, llvm-strip", original, reference, content.length);
    patchelf(original, content, reference);
    sweep();
    return news.size();
  }

  private void patchelf(Path original, byte[] content, Set<String> reference) throws Exception {
    put(content);
    List<String> command = List.of("patchelf", "--add-needed", NAME, program.toString());
    byte[] result = Programs.run(Map.of(), command).exitCode() == 0 ? read() : new byte[0];
    put(result);
    judge("patchelf", original, reference, content.length);
    strip("strip", result);
    judge("patchelf, strip", original, reference, content.length);
    strip("llvm-strip", result);
    judge("patchelf, llvm-strip", original, reference, content.length);
  }

  private void strip(String tool, byte[] content) throws Exception {
    put(content);
    var _ = Programs.run(Map.of(), List.of(tool, program.toString()));
  }

  private void judge(String way, Path original, Set<String> reference, int size)
      throws IOException {
    Tally tally = tallies.computeIfAbsent(way, key -> new Tally());
    long growth = Files.size(program) - size;
    tally.growth += growth;
    tally.growths.add(growth);
    tally.unchangedSize += growth == 0 ? 1 : 0;
    Set<String> actual;
    try {
      actual = Bindings.of(program, Map.of());
    } catch (IOException e) {
      actual = Set.of();
    }
    if (actual.equals(reference)) {
      tally.right++;
    } else {
      tally.wrong.add(original.toString());
    }
  }

  private Set<String> lint() throws Exception {
    List<String> command = List.of("eu-elflint", "--gnu-ld", program.toString());
    return new TreeSet<>(
        Arrays.asList(Programs.run(Map.of("LC_ALL", "C"), command).output().split("\n")));
  }

  private void put(byte[] content) throws IOException {
    Files.deleteIfExists(program);
    Files.write(program, content);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private byte[] read() throws IOException {
    return Files.readAllBytes(program);
  }

  private String report(int programs) {
    StringBuilder text = new StringBuilder();
    text.append("%d programs, edited by: %s%n".formatted(programs, new TreeMap<>(changes)));
    text.append("with a malloc of their own, which stays: %s%n".formatted(own));
    text.append(
        "%-22s %8s %12s %14s %8s%n".formatted("", "right", "same size", "growth, bytes", "median"));
    tallies.forEach(
        (way, tally) ->
            text.append(
                "%-22s %8d %12d %14s %8s  %s%n"
                    .formatted(
                        way,
                        tally.right,
                        tally.unchangedSize,
                        way.contains("strip") ? "" : Long.toString(tally.growth),
                        way.contains("strip") ? "" : Long.toString(tally.medianGrowth()),
                        tally.wrong.subList(0, Math.min(4, tally.wrong.size())))));
    return text.toString();
  }
}
