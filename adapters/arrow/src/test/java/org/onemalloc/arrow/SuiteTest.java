package org.onemalloc.arrow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.arrow.suite.SuiteRun;
import org.onemalloc.link.Link;

/**
 * Arrow's own tests of memory and vectors on our managers, in a JVM for each state of the process.
 *
 * <p>They are set up as Arrow's build sets them up. Where a jar in place of a directory of classes
 * would make one fail (TestJSONFile opens a resource as a file; many write into {@code target}),
 * there is a directory; and TestOpens, which expects that Arrow refuses to start without {@code
 * --add-opens}, has a JVM without it.
 */
@Tag("slow")
class SuiteTest {
  private static final List<String> ARROW =
      List.of(
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "-Darrow.vector.max_allocation_bytes=2097151",
          "-Duser.timezone=UTC");

  private static final String VERSION = System.getProperty("tested.version");

  /** By version. Arrow itself disables some, and some say that they do not apply. */
  private static final Map<String, String> OUTCOMES =
      Map.of(
          "18.3.0", "outcomes 1118 passed, 0 failed, 3 aborted, 4 skipped",
          "19.0.0", "outcomes 1227 passed, 0 failed, 3 aborted, 4 skipped");

  /** The minimum of allocations, so that a suite that does not use our managers fails. */
  private static final long LEAST_ALLOCATIONS = 20_000;

  @TempDir static Path directory;

  /**
   * A version of Arrow with its tests: the class path, and the directories that the tests are in.
   */
  private record Arrow(String classPath, List<String> roots) {}

  private static Arrow arrow;

  @BeforeAll
  static void unpack() throws Exception {
    Files.createDirectory(directory.resolve("target"));
    List<String> all = new ArrayList<>();
    List<String> roots = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.matches(".*/arrow-[^/]*jar")) {
        assertTrue(entry.contains("-" + VERSION), () -> entry + " is not of " + VERSION);
      }
      if (entry.endsWith("-tests.jar")) {
        roots.add(unpacked(Path.of(entry)).toString());
      } else {
        all.add(entry);
      }
    }
    assertEquals(2, roots.size(), "the tests of Arrow's memory-core and vector");
    all.addAll(roots);
    arrow = new Arrow(String.join(File.pathSeparator, all), roots);
  }

  private static Path unpacked(Path jar) throws IOException {
    Path to = directory.resolve(jar.getFileName().toString());
    try (FileSystem zip = FileSystems.newFileSystem(jar);
        Stream<Path> files = Files.walk(zip.getPath("/"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(file.toString().substring(1));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    return to;
  }

  @Test
  void passesOnGlibcWithAsManyReleasesAsWithArrowsOwnMemory() throws Exception {
    String ours = suite("glibc", java(), Map.of(), List.of());
    String theirs = suite("glibc", java(), Map.of(), List.of("-D" + Counted.THEIRS + "=true"));
    // some tests never release their last buffers, on any allocator
    assertEquals(accounts(theirs), accounts(ours));
  }

  @Test
  @Tag("long")
  void passesOnJemallocPreloaded() throws Exception {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(library), "not tested under jemalloc: libjemalloc2 is not installed");
    suite("jemalloc", java(), Map.of("LD_PRELOAD", library.toString()), List.of());
  }

  @Test
  @Tag("long")
  void passesOnMimallocLinked() throws Exception {
    Path jlink = java().resolveSibling("jlink");
    assumeTrue(Files.exists(jlink), "not tested linked: this JDK has no jlink");
    Path image = directory.toRealPath().resolve("image");
    String modules = "java.compiler,java.management,java.naming,java.sql,java.xml,java.instrument";
    succeed(
        Map.of(),
        jlink.toString(),
        "--add-modules",
        modules + ",jdk.jfr,jdk.management,jdk.unsupported",
        "--output",
        image.toString());
    Link.link(image, Allocators.ofThisMachine().choose("mimalloc"), "test", false);
    suite("mimalloc", image.resolve("bin/java"), Map.of(), List.of());
  }

  @Test
  void passesTheTestOfAMissingFlagWithoutTheFlag() throws Exception {
    if (VERSION.equals("18.3.0")) {
      return; // does not notice on Java 25, whichever manager it has: its test fails
    }
    List<String> command = command(java());
    command.addAll(List.of(SuiteRun.class.getName(), SuiteRun.OPENS));
    command.addAll(arrow.roots());
    String text = succeed(Map.of(), command.toArray(String[]::new));
    assertTrue(text.contains("outcomes 1 passed, 0 failed, 0 aborted, 0 skipped"), text);
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static List<String> command(Path java) {
    return new ArrayList<>(
        List.of(
            java.toString(),
            "-ea",
            "-Xmx1g",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            arrow.classPath()));
  }

  private static String suite(
      String allocator, Path java, Map<String, String> environment, List<String> flags)
      throws Exception {
    List<String> command = command(java);
    command.addAll(ARROW);
    command.addAll(flags);
    command.addAll(List.of(SuiteRun.class.getName(), SuiteRun.ALL));
    command.addAll(arrow.roots());
    String text = succeed(environment, command.toArray(String[]::new));
    assertTrue(text.contains(OUTCOMES.get(VERSION)), text);
    assertTrue(text.startsWith(allocator), () -> "bound to another allocator: " + text);
    long allocations = Long.parseLong(accounts(text).split(" ", -1)[1]);
    assertTrue(allocations > LEAST_ALLOCATIONS, () -> accounts(text));
    return text;
  }

  private static String accounts(String text) {
    return text.lines().filter(line -> line.startsWith("accounts ")).findFirst().orElseThrow();
  }

  private static String succeed(Map<String, String> environment, String... command)
      throws Exception {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    String text = Files.readString(output);
    assertEquals(0, code, text);
    return text;
  }
}
