package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Starts programs of this machine with {@code --version} before and after they are linked: output
 * and exit code must be the same. They run in namespaces of their own, without a network, and the
 * file system of {@code /} is read-only.
 */
class ProgramsStartTest {
  /**
   * The number of programs, spread over all programs by name: -Dprograms=N, or 300 with -Dnightly.
   */
  private static final int COUNT =
      Integer.getInteger("programs", System.getProperty("nightly") == null ? 12 : 300);

  /** The number of further starts of a program whose output differs. */
  private static final int MORE_STARTS = 8;

  private static final List<String> SANDBOX =
      List.of(
          "unshare",
          "--user",
          "--map-root-user",
          "--mount",
          "--net",
          "--ipc",
          "--uts",
          "--pid",
          "--fork",
          "--kill-child",
          "sh",
          "-c",
          "mount -o remount,bind,ro / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run"
              + " && cd / && exec env -i PATH=/usr/bin:/bin HOME=/run LC_ALL=C"
              + " timeout -s KILL 20 \"$@\"",
          "sh");

  @TempDir Path directory;
  private Path bin;
  private final Map<String, List<String>> outcome = new TreeMap<>();

  @BeforeEach
  void open() throws Exception {
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
    Tools.assumeInstalled("unshare", "timeout", "mount", "env");
    Tools.Result works = start(Path.of("/usr/bin/true"));
    Assumptions.assumeTrue(
        works.exitCode() == 0, "why: no namespaces here: " + works.output().strip());
  }

  @Test
  void programsSayTheSameAfterTheyAreLinked() throws Exception {
    List<Path> all = programs();
    int count = Math.min(COUNT, all.size());
    for (int i = 0; i < count; i++) {
      Path program = all.get((int) ((long) i * all.size() / count));
      outcome.computeIfAbsent(compare(program), key -> new ArrayList<>()).add(program.toString());
    }
    outcome.forEach((what, which) -> System.out.printf("%d programs: %s%n", which.size(), what));
    outcome.forEach(
        (what, which) -> {
          if (!what.equals("same")) {
            System.out.println(what + ": " + String.join(" ", which));
          }
        });
    List<String> different = new ArrayList<>();
    outcome.forEach(
        (what, which) -> {
          if (what.startsWith("different")) {
            different.addAll(which);
          }
        });
    assertEquals(List.of(), different);
    assertTrue(outcome.get("same").size() > count / 2, outcome.toString());
  }

  /** Returns the outcome for one program, in words. */
  private String compare(Path original) throws Exception {
    Path program = Files.copy(original, bin.resolve(original.getFileName()));
    try {
      Tools.Result before = start(program);
      try {
        Link.link(program, Tools.choice("mimalloc"), "test", false);
      } catch (LinkException e) {
        assertEquals(before, start(program), "refused, and changed: " + original);
        return "refused: " + e.getMessage().replaceAll("/\\S*/", "").replaceAll("^\\S+ ", "");
      }
      Tools.Result after = start(program);
      if (before.equals(after)) {
        return "same";
      }
      for (int again = 0; again < MORE_STARTS; again++) {
        if (before.equals(start(program))) {
          return "not the same twice, linked: an order of children or a time is in it";
        }
      }
      Link.undo(program, false);
      return before.equals(start(program))
          ? "different: %s; %s".formatted(before, after)
          : "not the same twice, not linked";
    } finally {
      Files.deleteIfExists(program);
      Tools.succeed("rm", "-rf", directory.resolve("lib").toString());
    }
  }

  private static Tools.Result start(Path program) throws Exception {
    List<String> command = new ArrayList<>(SANDBOX);
    command.add(program.toString());
    command.add("--version");
    return Tools.run(Map.of(), command);
  }

  private static List<Path> programs() throws IOException {
    List<Path> programs = new ArrayList<>();
    for (String place : List.of("/usr/bin", "/usr/sbin")) {
      try (Stream<Path> files = Files.list(Path.of(place))) {
        files
            .filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(f))
            .filter(ProgramsStartTest::isDynamic)
            .forEach(programs::add);
      }
    }
    return programs.stream().sorted().toList();
  }

  private static boolean isDynamic(Path file) {
    try {
      return ElfFile.read(file).interpreter().isPresent();
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }
}
