package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every command of README.md in a directory that contains the files it names. If README.md
 * shows the output of a command, the lines must match, up to a line that is abbreviated.
 */
@Tag("slow")
class ReadmeTest {
  private static final Path PAGE = Path.of("../README.md");
  private static final String JAVA = System.getProperty("java.home");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");
  private static final Pattern INLINE = Pattern.compile("`((?:\\./)?onemalloc [^`]*)`");

  /** Text that names a command but cannot be run, because it contains a placeholder. */
  private static final Pattern SYNOPSIS =
      Pattern.compile("onemalloc \\w+|.*(\\b[A-Z]{3,}\\b|\\||…).*");

  /** The commands that this test does not run, and the place where they are run. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "git clone … && cd onemalloc", "the address is not known yet",
          "./onemalloc compare --report report.html", ".ci/run, in a bare root of Debian",
          "./check", ".ci/run, in a bare root of Debian",
          "./release 1.2.3", "scripts/prove-release.sh, which .ci/run starts");

  /** Replacements that shorten a command: the number of runs of a comparison, and the idle time. */
  private static final Map<String, String> SHORTER =
      Map.of("compare -- ", "compare --runs 1 -- ", "--idle 10", "--runs 1 --idle 1");

  @TempDir Path directory;

  record Shown(String command, List<String> answer) {}

  private static List<Shown> shown() throws IOException {
    String page = Files.readString(PAGE);
    List<Shown> all = new ArrayList<>();
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      if (!block.group(1).isEmpty()) {
        continue;
      }
      boolean session = block.group(2).startsWith("$ ");
      for (String line : block.group(2).lines().toList()) {
        if (session ? line.startsWith("$ ") : line.matches("(\\./|git ).*")) {
          String command = line.replaceFirst("^\\$ ", "").replaceFirst("\\s+# .*", "");
          all.add(new Shown(command, new ArrayList<>()));
        } else if (session) {
          all.getLast().answer.add(line);
        }
      }
    }
    Matcher inline = INLINE.matcher(BLOCK.matcher(page).replaceAll(""));
    while (inline.find()) {
      if (!SYNOPSIS.matcher(inline.group(1)).matches()) {
        all.add(new Shown(inline.group(1), List.of()));
      }
    }
    return all;
  }

  @BeforeEach
  void makeWhatTheCommandsName() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the page shows x86-64");
    Tools.requireLibrary("libjemalloc2", "libjemalloc.so.2");
    directory = directory.toRealPath();
    Path script = directory.resolve("onemalloc");
    String words = String.join(" ", Onemalloc.command());
    executable(script, "#!/bin/sh\nexec %s \"$@\"\n".formatted(words));
    Path source =
        Files.writeString(
            directory.resolve("App.java"),
            """
            class App {
              public static void main(String[] arguments) {
                byte[][] kept = new byte[100][];
                for (int i = 0; i < kept.length; i++) kept[i] = new byte[10_000];
                System.out.println(kept.length);
              }
            }
            """);
    java("javac", "-d", "classes", source.toString());
    java("jar", "-c", "-f", "app.jar", "-e", "App", "-C", "classes", ".");
    java("jlink", "--add-modules", "java.base", "--output", "image");
    executable(directory.resolve("server"), "#!/bin/sh\nexec sleep 60\n");
    try (InputStream library =
        ReadmeTest.class.getResourceAsStream("/linux/arm64/org/lwjgl/jemalloc/libjemalloc.so")) {
      assertNotNull(library);
      Files.copy(library, directory.resolve("libjemalloc-arm64.so"));
    }
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private void java(String tool, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(JAVA + "/bin/" + tool));
    words.addAll(List.of(arguments));
    Process process = new ProcessBuilder(words).directory(directory.toFile()).inheritIO().start();
    assertEquals(0, process.waitFor(), words.toString());
  }

  @TestFactory
  Stream<DynamicTest> everyCommandDoesWhatThePageSays() throws IOException {
    List<Shown> all = shown();
    TreeSet<String> unknown = new TreeSet<>(ELSEWHERE.keySet());
    all.forEach(each -> unknown.remove(each.command));
    assertEquals(new TreeSet<>(), unknown, "no longer on the page");
    assertTrue(all.size() >= 15, all.toString());
    return all.stream()
        .filter(each -> !ELSEWHERE.containsKey(each.command))
        .map(each -> dynamicTest(each.command, () -> run(each)));
  }

  private void run(Shown shown) throws Exception {
    String command = here(shown.command).replaceFirst("^onemalloc", "./onemalloc");
    for (Map.Entry<String, String> shorter : SHORTER.entrySet()) {
      command = command.replace(shorter.getKey(), shorter.getValue());
    }
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).directory(directory.toFile());
    builder.environment().put("PATH", JAVA + "/bin:" + System.getenv("PATH"));
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    int exitCode = process.waitFor();
    List<String> answer = shown.answer.stream().map(this::here).toList();
    boolean refused = !answer.isEmpty() && answer.getFirst().startsWith("onemalloc: ");
    assertEquals(refused ? 2 : 0, exitCode, said);
    List<String> lines = said.lines().map(ReadmeTest::withoutDigest).toList();
    for (String line : answer) {
      if (line.strip().equals("…") || line.startsWith("mimalloc  ")) {
        break; // the rest depends on the machine, as does the list of allocators
      }
      String expected = withoutDigest(line);
      assertTrue(lines.contains(expected), () -> "not said: " + expected + "\n" + said);
    }
  }

  /** Replaces the directories of README.md by those of this machine. */
  private String here(String text) {
    return text.replace("/tmp/image", directory + "/image")
        .replace("/srv/", directory + "/")
        .replaceAll("/usr/lib/jvm/\\S*?jdk-amd64", JAVA);
  }

  /**
   * Removes the digest in the name of a derived library and glibc's version, which depend on the
   * machine.
   */
  private static String withoutDigest(String line) {
    return line.replaceAll("\\S*/libonemalloc-", "libonemalloc-")
        .replaceAll("-[0-9a-f]{12}-\\d+\\.so", ".so")
        .replaceAll("glibc \\d\\.\\d+ ", "glibc 2.xx ");
  }
}
