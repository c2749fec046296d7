package org.onemalloc.lwjgl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.link.Link;
import org.opentest4j.AssertionFailedError;

/**
 * LMDB, zstd and stb as LWJGL ships them, with our functions, in a JVM for each configuration: the
 * heap's own statistics show where their memory comes from.
 */
@Tag("slow")
class NativesTest {
  private static final Path JEMALLOC = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
  private static final String VERSION = System.getProperty("tested.version");
  private static final String OURS = OnemallocMemoryAllocator.class.getName();

  /** The minimum that the work of each leaves allocated, or allocates, in bytes. */
  private static final Map<String, Long> LEAST =
      Map.of("java", 1_000_000L, "lmdb", 1_000_000L, "zstd", 500_000L, "stb", 1_000_000L);

  @TempDir Path directory;

  @Test
  void allocateInGlibc() throws Exception {
    moved("glibc", run(java(), Map.of(), named(OURS)));
  }

  @Test
  void allocateInJemallocPreloaded() throws Exception {
    moved("jemalloc", run(java(), preloaded(), named(OURS)));
  }

  @Test
  void allocateElsewhereWithLwjglsOwnAllocator() throws Exception {
    String text = run(java(), preloaded(), named("jemalloc"));
    assertTrue(text.matches("(?s).*allocator org\\.lwjgl\\S*(?i:jemalloc).*"), text);
    for (String name : List.of("java", "lmdb", "stb")) {
      assertTrue(bytes(text, name) < 100_000, text);
    }
  }

  @Test
  void allocateInMimallocLinked() throws Exception {
    Path jlink = java().resolveSibling("jlink");
    assumeTrue(Files.exists(jlink), "not tested linked: this JDK has no jlink");
    Path image = directory.toRealPath().resolve("image");
    Process made =
        new ProcessBuilder(
                jlink.toString(),
                "--add-modules",
                "java.base,java.logging,jdk.unsupported",
                "--output",
                image.toString())
            .inheritIO()
            .start();
    assertEquals(0, made.waitFor());
    Link.link(image, Allocators.ofThisMachine().choose("mimalloc"), "test", false);
    String text = run(image.resolve("bin/java"), Map.of(), named(OURS));
    assertTrue(text.startsWith("mimalloc"), text);
    for (String name : LEAST.keySet()) {
      assertTrue(text.contains(name + " in heap true"), text);
    }
  }

  @Test
  void allocateThroughLwjglsDebugAllocator() throws Exception {
    String text =
        run(
            java(),
            preloaded(),
            List.of(
                "-Dorg.lwjgl.system.allocator=" + OURS, "-Dorg.lwjgl.util.DebugAllocator=true"));
    assertTrue(text.contains("tracked by org.lwjgl.system.MemoryManage$DebugAllocator"), text);
    moved("jemalloc", text);
    // the image that stb allocated and that is never freed
    assertTrue(text.contains("[LWJGL] " + 4 * 512 * 512 + " bytes leaked"), text);
  }

  @Test
  void allocateWithForeignMemoryInPlaceOfUnsafe() throws Exception {
    List<String> flags = new ArrayList<>(named(OURS));
    flags.add("--sun-misc-unsafe-memory-access=deny");
    flags.add("-Dorg.lwjgl.system.memory.backend=ffm");
    if (VERSION.startsWith("3.3.")) {
      // has no such backend, and does not start without Unsafe
      assertThrows(AssertionFailedError.class, () -> run(java(), Map.of(), flags));
      return;
    }
    moved("glibc", run(java(), Map.of(), flags));
  }

  /** Run in a JVM of its own: the heap is bound once. */
  static final class Construction {
    public static void main(String[] arguments) {
      try {
        new OnemallocMemoryAllocator().getFree();
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void refuseAPrivateHeap() throws Exception {
    Process process =
        new ProcessBuilder(
                java().toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Donemalloc.heap=private:mimalloc",
                "-cp",
                String.join(File.pathSeparator, classPath()),
                Construction.class.getName())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.startsWith("The heap is private"), text);
  }

  private static Map<String, String> preloaded() {
    assumeTrue(Files.exists(JEMALLOC), "not tested under jemalloc: libjemalloc2 is not installed");
    return Map.of("LD_PRELOAD", JEMALLOC.toString());
  }

  private static List<String> named(String allocator) {
    return List.of("-Dorg.lwjgl.system.allocator=" + allocator);
  }

  private static void moved(String allocator, String text) {
    assertTrue(text.startsWith(allocator), text);
    assertTrue(text.contains("allocator " + OURS), text);
    LEAST.forEach((name, least) -> assertTrue(bytes(text, name) >= least, text));
  }

  private static long bytes(String text, String name) {
    Matcher m = Pattern.compile(name + " moved (-?\\d+)").matcher(text);
    assertTrue(m.find(), text);
    return Long.parseLong(m.group(1));
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static List<String> classPath() {
    return Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
  }

  private String run(Path java, Map<String, String> environment, List<String> flags)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx256m"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    if (!flags.contains("--sun-misc-unsafe-memory-access=deny")) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    if (environment.isEmpty()) {
      command.add("-Xint"); // a compiler's threads would allocate and free while glibc counts
    }
    command.addAll(flags);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath())));
    Path work = Files.createTempDirectory(directory.toRealPath(), "work");
    command.addAll(List.of(NativesRun.class.getName(), work.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains("all done"), text);
    assertTrue(text.contains("LWJGL " + VERSION), text);
    return text;
  }
}
