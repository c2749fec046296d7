package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.cli.Onemalloc.Result;
import org.onemalloc.cli.Subjects.Subject;

/**
 * Tests {@code run} with each combination of a way to start a program, a kind of program and an
 * allocator. The program must run correctly on that allocator, or be refused with one sentence
 * before it starts.
 *
 * <p>With {@code -Dnightly} every combination is tested. The result must be the table in {@code
 * docs/run.md}.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunMatrixTest {
  private static final boolean WHOLE = System.getProperty("nightly") != null;
  private static final Path DOCUMENT = Path.of("../docs/run.md");
  private static final String LINKED_WITH = "mimalloc";
  private static final String NOBODY = "65534";

  private static final Map<String, String> LIBRARIES =
      Map.of(
          "mimalloc", "mimalloc",
          "jemalloc", "libjemalloc.so.2",
          "tcmalloc", "libtcmalloc_minimal.so.4");

  private final Map<Way, Map<Subject, Map<String, String>>> table = new EnumMap<>(Way.class);
  private Path folder;
  private Subjects subjects;

  enum Way {
    DIRECTLY("directly"),
    NICE("`nice`"),
    TIMEOUT("`timeout 100`"),
    ENV("`env A=b`"),
    SHELL("`sh -c`"),
    SCRIPT("a script"),
    PYTHON("Python's `subprocess`"),
    JPACKAGE("a jpackage launcher"),
    HOST("a C program that opens libjvm"),
    PRELOAD("under another `LD_PRELOAD`"),
    USER("as another user, by `setpriv`");

    final String words;

    Way(String words) {
      this.words = words;
    }

    /** Returns whether the words of the command show the program that is started. */
    boolean isFollowed() {
      return this != SHELL && this != SCRIPT && this != PYTHON;
    }
  }

  record Cell(Way way, Subject subject, String allocator) {}

  static Stream<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (Way way : Way.values()) {
      for (Subject subject : Subject.values()) {
        for (String allocator : List.of("mimalloc", "jemalloc", "tcmalloc")) {
          if (isPossible(way, subject) && (WHOLE || isOfTheSmallForm(way, subject, allocator))) {
            cells.add(new Cell(way, subject, allocator));
          }
        }
      }
    }
    return cells.stream();
  }

  private static boolean isPossible(Way way, Subject subject) {
    return switch (way) {
      case JPACKAGE -> subject.isJava();
      case HOST -> subject.isJava() || subject == Subject.LINKED;
      default -> true;
    };
  }

  /**
   * Returns whether a cell belongs to the short form: every way once, and every subject both as the
   * program itself and as a child.
   */
  private static boolean isOfTheSmallForm(Way way, Subject subject, String allocator) {
    return switch (allocator) {
      case "mimalloc" ->
          subject == Subject.JVM
              || (way == Way.DIRECTLY && subject.isLinked())
              || (way == Way.HOST && subject == Subject.LINKED);
      case "jemalloc" -> subject != Subject.JVM && (way == Way.DIRECTLY || way == Way.SHELL);
      default -> false;
    };
  }

  @BeforeAll
  void prepare() throws IOException {
    folder = Files.createTempDirectory("onemalloc-matrix");
    subjects = new Subjects(folder);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void runsOnItOrIsRefused(Cell cell) throws Exception {
    Tools.requireLibrary(cell.allocator, libraryOf(cell.allocator));
    List<String> command = new ArrayList<>(Onemalloc.command("run", "-a", cell.allocator, "--"));
    command.addAll(started(cell));
    Result result = Onemalloc.run(surroundings(cell), command);
    table
        .computeIfAbsent(cell.way, way -> new EnumMap<>(Subject.class))
        .computeIfAbsent(cell.subject, subject -> new LinkedHashMap<>())
        .put(cell.allocator, outcome(cell, result));
  }

  private static String libraryOf(String allocator) {
    return allocator.equals("mimalloc") ? "libc.so.6" : LIBRARIES.get(allocator);
  }

  private static Map<String, String> surroundings(Cell cell) {
    if (cell.way != Way.PRELOAD) {
      return Map.of();
    }
    String other = cell.allocator.equals("jemalloc") ? "tcmalloc" : "jemalloc";
    Tools.requireLibrary(other, libraryOf(other));
    return Map.of("LD_PRELOAD", LIBRARIES.get(other));
  }

  private List<String> started(Cell cell) throws Exception {
    List<String> program =
        switch (cell.way) {
          case JPACKAGE -> subjects.application(cell.subject, LINKED_WITH);
          case HOST -> subjects.host(cell.subject, LINKED_WITH);
          default -> subjects.command(cell.subject, LINKED_WITH);
        };
    List<String> words =
        new ArrayList<>(
            switch (cell.way) {
              case DIRECTLY, JPACKAGE, HOST, PRELOAD -> List.of();
              case NICE -> List.of("nice");
              case TIMEOUT -> List.of("timeout", "100");
              case ENV -> List.of("env", "A=b");
              case SHELL -> List.of("sh", "-c", "\"$@\"; exit $?", "sh");
              case SCRIPT -> List.of(subjects.script(program).toString());
              case PYTHON -> {
                Tools.require("python3");
                String starts = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))";
                yield List.of("python3", "-c", starts);
              }
              case USER -> {
                Tools.require("setpriv");
                assumeTrue(
                    System.getProperty("user.name").equals("root"),
                    "only root can become another user");
                yield List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");
              }
            });
    if (cell.way != Way.SCRIPT) {
      words.addAll(program);
    }
    return words;
  }

  private static String outcome(Cell cell, Result result) {
    String said = result.exitCode() + "\n" + result.out() + result.err();
    if (result.exitCode() == 2) {
      assertEquals("", result.out(), said);
      assertEquals(1, result.err().lines().count(), said);
      assertTrue(result.err().startsWith("onemalloc: "), said);
      assertTrue(cell.way.isFollowed(), said);
      assertTrue(cell.subject.isLinked() && !cell.allocator.equals(LINKED_WITH), said);
      return "refused";
    }
    assertEquals(0, result.exitCode(), said);
    String[] words = result.out().strip().split(" ", -1);
    assertEquals(3, words.length, said);
    assertEquals("ok", words[0], said);
    String library = LIBRARIES.get(cell.allocator).replaceAll("\\.so.*", "");
    assertTrue(words[1].contains(library) && words[2].contains(library), said);
    assertEquals("", result.err(), said);
    return "✓";
  }

  /** Tests an artifact with its own allocator when another one is preloaded without {@code run}. */
  @ParameterizedTest
  @MethodSource("artifacts")
  void anArtifactUnderAnotherPreloadHasOneHeap(Subject subject, String allocator, String other)
      throws Exception {
    Tools.requireLibrary(allocator, libraryOf(allocator));
    Tools.requireLibrary(other, LIBRARIES.get(other));
    Result result =
        Onemalloc.run(
            Map.of("LD_PRELOAD", LIBRARIES.get(other)), subjects.command(subject, allocator));
    String said = result.exitCode() + "\n" + result.out() + result.err();
    assertEquals(0, result.exitCode(), said);
    String[] words = result.out().strip().split(" ", -1);
    assertEquals(words[1], words[2], said);
    assertTrue(words[1].contains(LIBRARIES.get(other).replaceAll("\\.so.*", "")), said);
  }

  /** A comparison may choose other allocators than the one the program is linked with. */
  @Test
  void comparePutsALinkedProgramOnOthers() throws Exception {
    Tools.requireLibrary("jemalloc", libraryOf("jemalloc"));
    List<String> words = new ArrayList<>(List.of("compare", "-n", "1", "-a", "shipped,jemalloc"));
    words.addAll(List.of("--", "sh", "-c", "\"$@\"; sleep .5", "sh"));
    words.addAll(subjects.command(Subject.LINKED, LINKED_WITH));
    Result result = Onemalloc.run(words.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("✓ jemalloc"), result.out());
  }

  static Stream<Arguments> artifacts() {
    List<Arguments> rows = new ArrayList<>();
    for (Subject subject : List.of(Subject.IMAGE, Subject.LINKED, Subject.SEAM)) {
      for (String allocator : List.of("mimalloc", "jemalloc", "tcmalloc")) {
        for (String other : List.of("jemalloc", "tcmalloc")) {
          if (WHOLE || (allocator.equals("mimalloc") && other.equals("jemalloc"))) {
            rows.add(Arguments.of(subject, allocator, other));
          }
        }
      }
    }
    return rows.stream();
  }

  @AfterAll
  void finish() throws Exception {
    new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    if (WHOLE) {
      String now = markdown();
      Files.writeString(Path.of("target/run-matrix.md"), now);
      assertTrue(
          Files.readString(DOCUMENT).contains(now),
          "docs/run.md has another table than target/run-matrix.md");
    }
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("| started");
    for (Subject subject : Subject.values()) {
      text.append(" | ").append(subject.words);
    }
    text.append(" |\n|---").append("|---".repeat(Subject.values().length)).append("|\n");
    for (Way way : Way.values()) {
      text.append("| ").append(way.words);
      for (Subject subject : Subject.values()) {
        text.append(" | ").append(summary(table.getOrDefault(way, Map.of()).get(subject)));
      }
      text.append(" |\n");
    }
    return text.toString();
  }

  private static String summary(Map<String, String> outcomes) {
    if (outcomes == null) {
      return "–";
    }
    List<String> refused =
        outcomes.keySet().stream().filter(a -> outcomes.get(a).equals("refused")).toList();
    return refused.isEmpty() ? "✓" : "✓; " + String.join(", ", refused) + " refused";
  }
}
