package org.onemalloc.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.inspect.process.GlibcHeap;

/** What real JVMs see of themselves, beside what the kernel, jcmd and {@code inspect} say. */
@Tag("slow")
class NativeMemoryTest {
  private static final long MB = 1 << 20;

  /** Of 64 MB that are held, as much as is new: the allocator had some free before. */
  private static final long HELD = 52 * MB;

  private static final String JAVAS = "org.onemalloc.probe.Child#javas";

  private static void assertBetween(long least, long figure, long most, Child child) {
    assertTrue(
        figure >= least && figure <= most,
        () -> "%,d is not in %,d to %,d: %s".formatted(figure, least, most, child.figures()));
  }

  private static long ofAll(Child child, String... kinds) {
    long sum = 0;
    for (String kind : kinds) {
      sum += child.figure("kind." + kind);
    }
    return sum;
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void kindsAddUpToWhatTheKernelSays(Path home) throws Exception {
    // A Java heap that is touched as a whole does not grow between the counts.
    List<String> flags = List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch");
    try (Child child = Child.start(home, flags, "nothing")) {
      long sum = 0;
      for (MemoryKind kind : MemoryKind.values()) {
        sum += child.figure("kind." + kind.id());
      }
      long resident = child.figure("resident");
      assertEquals(resident, sum);
      long first = child.figure("rollup.first");
      long last = child.figure("rollup.last");
      assertBetween(first * 98 / 100, resident, last * 102 / 100, child);
      assertBetween(resident * 98 / 100, child.figure("VmRSS"), resident * 102 / 100, child);
      assertTrue(child.figure("proportional") <= resident);
      assertEquals(1, child.figure("proven"));
    }
  }

  /** Little is not recognised in a JVM whose collector has few structures of its own. */
  @ParameterizedTest
  @MethodSource(JAVAS)
  void nearlyAllIsRecognised(Path home) throws Exception {
    try (Child child = Child.start(home, List.of("-Xmx256m", "-XX:+UseSerialGC"), "nothing")) {
      assertBetween(0, child.figure("kind.other"), child.figure("resident") / 100, child);
    }
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void kindsAgreeWithNativeMemoryTracking(Path home) throws Exception {
    List<String> flags =
        List.of(
            "-Xms64m",
            "-Xmx64m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-XX:NativeMemoryTracking=summary");
    try (Child child = Child.start(home, flags, "nothing")) {
      String said = jcmd(home, child, "VM.native_memory", "summary", "scale=b");
      long heap = mapped(said, "Java Heap");
      assertBetween(heap * 99 / 100, child.figure("kind.java_heap"), heap, child);
      long classes =
          mapped(said, "Class") + mapped(said, "Metaspace") + mapped(said, "Shared class space");
      assertBetween(classes / 2, child.figure("kind.classes"), classes, child);
      long code = mapped(said, "Code");
      assertBetween(code / 4, child.figure("kind.code_cache"), code, child);
      long stacks = mapped(said, "Thread"); // resident, by mincore(2)
      assertBetween(stacks / 2, child.figure("kind.thread_stacks"), 2 * stacks, child);
      assertBetween(mapped(said, "GC") / 2, ofAll(child, "collector", "other"), MB, child);
      assertEquals(heap, child.figure("tracked.Java Heap"));
    }
  }

  private static String jcmd(Path home, Child child, String... words) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(home.resolve("bin/jcmd").toString());
    command.add(Long.toString(child.process().pid()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  /** Returns the committed bytes that a category has mapped. */
  private static long mapped(String said, String category) {
    Pattern pattern =
        Pattern.compile(
            "- +%s \\(.*?\\((?:mmap|stack): reserved=\\d+, committed=(\\d+)".formatted(category),
            Pattern.DOTALL);
    Matcher matcher = pattern.matcher(said);
    assertTrue(matcher.find(), said);
    return Long.parseLong(matcher.group(1));
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void directBuffersAreTheAllocatorsAndAccountedFor(Path home) throws Exception {
    try (Child child = Child.start(home, List.of(), "direct", "64")) {
      assertBetween(HELD, child.figure("grown.allocator"), 90 * MB, child);
      assertBetween(64 * MB, child.figure("pool.direct"), 66 * MB, child);
      assertBetween(-8 * MB, child.figure("grown.unaccounted"), 16 * MB, child);
    }
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void aMappedFileIsAFile(Path home, @TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("index"), new byte[(int) (32 * MB)]);
    try (Child child = Child.start(home, List.of(), "file", "1", file.toString())) {
      assertBetween(32 * MB, child.figure("grown.files"), 33 * MB, child);
    }
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void stacksOfThreadsAreFound(Path home) throws Exception {
    List<String> flags = List.of("-Xint", "-XX:NativeMemoryTracking=summary");
    try (Child child = Child.start(home, flags, "threads", "100")) {
      long stacks = mapped(jcmd(home, child, "VM.native_memory", "scale=b"), "Thread");
      assertTrue(stacks > 10 * MB, child.figures()::toString);
      assertBetween(stacks * 9 / 10, child.figure("kind.thread_stacks"), stacks + 2 * MB, child);
    }
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void glibcsHeapIsAsInspectSeesIt(Path home) throws Exception {
    try (Child child = Child.start(home, List.of(), "direct", "64")) {
      long outside = GlibcHeap.of(child.process().pid()).orElseThrow().heldBytes().orElseThrow();
      long held = child.figure("glibc.held");
      assertBetween(outside * 95 / 100, held, outside * 105 / 100, child);
      long parts = child.figure("glibc.used") + child.figure("glibc.free");
      assertBetween(held - 8 * MB, parts, held + 8 * MB, child);
    }
  }

  @ParameterizedTest
  @MethodSource(JAVAS)
  void aPreloadedAllocatorHasItsOwnMappings(Path home) throws Exception {
    Child.needs(Child.JEMALLOC, "libjemalloc2");
    Map<String, String> preload = Map.of("LD_PRELOAD", Child.JEMALLOC.toString());
    List<String> flags = List.of("-XX:+UseSerialGC");
    try (Child child = Child.start(home, flags, preload, "direct", "64")) {
      assertBetween(HELD, child.figure("grown.allocator"), 90 * MB, child);
      assertBetween(0, child.figure("kind.other"), 2 * MB, child);
      assertEquals(0, child.figure("glibc.held"));
      assertEquals(1, child.figure("proven"));
    }
  }

  /** Java 25: Netty calls malloc through java.lang.foreign, and no MXBean has its buffers. */
  @Test
  void nettysBuffersOnJava25AreUnaccounted() throws Exception {
    for (String tracking : List.of("off", "summary")) {
      List<String> flags =
          List.of("--enable-native-access=ALL-UNNAMED", "-XX:NativeMemoryTracking=" + tracking);
      try (Child child = Child.start(Child.JDK_25, flags, "netty", "64")) {
        assertBetween(0, child.figure("pool.direct"), 2 * MB, child);
        assertBetween(0, Math.max(0, child.figure("tracked.Other")), 2 * MB, child);
        assertBetween(HELD, child.figure("grown.allocator"), 90 * MB, child);
        assertBetween(HELD, child.figure("grown.unaccounted"), 90 * MB, child);
      }
    }
  }

  /** Java 17: Netty has direct buffers of java.nio. */
  @Test
  void nettysBuffersOnJava17AreAccountedFor() throws Exception {
    for (String tracking : List.of("off", "summary")) {
      List<String> flags = List.of("-XX:NativeMemoryTracking=" + tracking);
      try (Child child = Child.start(Child.JDK_17, flags, "netty", "64")) {
        assertBetween(64 * MB, child.figure("pool.direct"), 90 * MB, child);
        assertBetween(HELD, child.figure("grown.allocator"), 90 * MB, child);
        assertBetween(-16 * MB, child.figure("grown.unaccounted"), 16 * MB, child);
      }
    }
  }

  /** The collectors differ in what they print of their heap. */
  @ParameterizedTest
  @MethodSource("collectors")
  void theJavaHeapIsFoundUnderEachCollector(String collector) throws Exception {
    List<String> flags =
        List.of(
            "-XX:+UnlockExperimentalVMOptions",
            "-XX:+Use" + collector + "GC",
            "-Xms96m",
            "-Xmx96m",
            "-XX:+AlwaysPreTouch");
    try (Child child = Child.start(Child.JDK_25, flags, "nothing")) {
      assertBetween(90 * MB, child.figure("kind.java_heap"), 97 * MB, child);
    }
  }

  static List<String> collectors() {
    return List.of("Serial", "Parallel", "G1", "Z", "Shenandoah", "Epsilon");
  }
}
