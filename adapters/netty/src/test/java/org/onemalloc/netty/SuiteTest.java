package org.onemalloc.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.link.Link;
import org.onemalloc.netty.suite.SuiteRun;

/**
 * Netty's own tests on our allocator, in a JVM for each state of the process. On glibc all classes
 * run; in the other states, unless nightly, those whose buffers are made in another way: the
 * allocator itself, plain, sliced and composite buffers.
 */
@Tag("slow")
class SuiteTest {
  private static final Pattern CLASS =
      Pattern.compile("(\\w+): (\\{.*\\}), live (\\d+) bytes, Netty's own (\\d+)");
  private static final Pattern ACCOUNTS =
      Pattern.compile("(\\d+) allocations, (\\d+) releases, (\\d+) not released by the tests");

  /** The configuration of most servers. */
  private static final int ALL = 12;

  /** The minimum of allocations, so that a suite that does not use our allocator fails. */
  private static final int LEAST_ALLOCATIONS = 10_000;

  private static final List<String> SOME =
      Boolean.getBoolean("nightly")
          ? List.of()
          : List.of("Allocator", "BigEndian", "RetainedSliced", "BigEndianComposite");

  @TempDir Path directory;

  @Test
  void passesOnGlibc() throws Exception {
    suite("glibc", java(), Map.of(), List.of(), List.of());
  }

  @Test
  @Tag("long")
  void passesWithUnsafeDenied() throws Exception {
    suite("glibc", java(), Map.of(), List.of("--sun-misc-unsafe-memory-access=deny"), SOME);
  }

  @Test
  @Tag("long")
  void passesWithUnsafeAllowed() throws Exception {
    List<String> flags =
        List.of("--sun-misc-unsafe-memory-access=allow", "-Dio.netty.noUnsafe=false");
    suite("glibc", java(), Map.of(), flags, SOME);
  }

  @Test
  @Tag("long")
  void passesWithEveryBufferTrackedForLeaks() throws Exception {
    // Tests of slices unwrap a slice to its buffer, and would find the slice of the wrapper.
    List<String> classes =
        Boolean.getBoolean("nightly") ? List.of("Allocator", "BigEndian") : List.of("Allocator");
    suite("glibc", java(), Map.of(), List.of("-Dio.netty.leakDetection.level=paranoid"), classes);
  }

  @Test
  @Tag("long")
  void passesOnJemallocPreloaded() throws Exception {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(library), "not tested under jemalloc: libjemalloc2 is not installed");
    suite("jemalloc", java(), Map.of("LD_PRELOAD", library.toString()), List.of(), SOME);
  }

  @Test
  void passesOnMimallocLinked() throws Exception {
    Path jlink = java().resolveSibling("jlink");
    assumeTrue(Files.exists(jlink), "not tested linked: this JDK has no jlink");
    Path image = directory.toRealPath().resolve("image");
    String modules = "java.management,java.logging,java.xml,java.instrument,jdk.jfr,jdk.management";
    List<String> command =
        List.of(
            jlink.toString(),
            "--add-modules",
            modules + ",jdk.unsupported",
            "--output",
            image.toString());
    succeed(command, Map.of());
    Link.link(image, Allocators.ofThisMachine().choose("mimalloc"), "test", false);
    suite("mimalloc", image.resolve("bin/java"), Map.of(), List.of(), SOME);
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private void suite(
      String allocator,
      Path java,
      Map<String, String> environment,
      List<String> flags,
      List<String> classes)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx1g"));
    // One buffer in 128 would be wrapped by default, at random.
    command.add("-Dio.netty.leakDetection.level=disabled");
    command.addAll(flags);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), SuiteRun.class.getName()));
    command.addAll(classes);
    String text = succeed(command, environment);
    assertTrue(text.startsWith(allocator), () -> "bound to another allocator: " + text);
    int found = 0;
    for (Matcher m = CLASS.matcher(text); m.find(); found++) {
      String line = m.group();
      assertTrue(line.contains("passed="), line);
      assertTrue(!line.contains("failed") && !line.contains("skipped"), () -> text);
      assertEquals(m.group(4), m.group(3), "a buffer was not released in " + line);
    }
    assertEquals(classes.isEmpty() ? ALL : classes.size(), found, text);
    Matcher accounts = ACCOUNTS.matcher(text);
    assertTrue(accounts.find(), text);
    long allocations = Long.parseLong(accounts.group(1));
    assertTrue(allocations > (classes.size() == 1 ? 0 : LEAST_ALLOCATIONS), text);
    assertEquals(
        allocations, Long.parseLong(accounts.group(2)) + Long.parseLong(accounts.group(3)));
  }

  private String succeed(List<String> command, Map<String, String> environment) throws Exception {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    String text = Files.readString(output);
    assertEquals(0, code, text);
    return text;
  }
}
