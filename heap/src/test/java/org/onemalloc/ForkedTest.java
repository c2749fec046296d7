package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contracts in JVMs of their own: under other allocators, and inside of C programs. */
@Tag("slow")
class ForkedTest {
  private static final String OFF = "-Donemalloc.cache.total=0";

  @TempDir Path directory;

  @Test
  void holdsUnderPreloadedJemalloc() throws Exception {
    Path library = CCode.installed("libjemalloc.so.2");
    String text = java(preload(library));
    bound(text, "jemalloc 5", library);
    assertTrue(text.contains("deallocate: native, sdallocx"), text);
    assertTrue(text.contains("thread.allocatedp moved by 64"), text);
    assertTrue(text.contains("on, for blocks of 9 to 65536 bytes"), text);
  }

  @Test
  @Tag("long")
  void holdsUnderPreloadedJemallocWithoutCaches() throws Exception {
    java(preload(CCode.installed("libjemalloc.so.2")), OFF);
  }

  @Test
  @Tag("long")
  void holdsUnderPreloadedTcmalloc() throws Exception {
    Path library = CCode.installed("libtcmalloc_minimal.so.4");
    String text = java(preload(library));
    bound(text, "tcmalloc 2", library);
    assertTrue(text.contains("usableSize: native, malloc_usable_size"), text);
  }

  @Test
  @Tag("long")
  void holdsUnderPreloadedTcmallocWithoutCaches() throws Exception {
    java(preload(CCode.installed("libtcmalloc_minimal.so.4")), OFF);
  }

  @Test
  @Tag("long")
  void holdsUnderPreloadedMimalloc() throws Exception {
    Path library = CCode.installed("libmimalloc.so.2");
    bound(java(preload(library)), "mimalloc 2", library);
  }

  @Test
  @Tag("long")
  void holdsUnderPreloadedMimallocWithoutCaches() throws Exception {
    java(preload(CCode.installed("libmimalloc.so.2")), OFF);
  }

  @Test
  void saysWhichLimitTurnsTheCachesOff() throws Exception {
    String thread = java(Map.of(), "-Donemalloc.cache.thread=0", "-Doperations=5000");
    assertTrue(thread.contains("caches: off, because onemalloc.cache.thread is 0"), thread);
    String total = java(Map.of(), OFF, "-Doperations=5000");
    assertTrue(total.contains("caches: off, because onemalloc.cache.total is 0"), total);
  }

  @Test
  void holdsUnderAnAllocatorThatInsistsOnExactSizes() throws Exception {
    Path library = CCode.compile(directory, "exact.c", "libexact.so", "-shared", "-fPIC");
    String text = java(preload(library), "-Doperations=5000", "-Xmx64m");
    bound(text, "unknown", library);
    assertTrue(text.contains("deallocate: native, free_sized"), text);
    assertTrue(text.contains("thread caches: off"), text);
  }

  @Test
  void holdsOnAPrivateMimalloc() throws Exception {
    String text = java(Map.of(), "-Donemalloc.heap=private:mimalloc");
    assertTrue(text.contains("private: its blocks must not be passed to C's free"), text);
  }

  @Test
  @Tag("long")
  void holdsOnAPrivateJemallocBesideAPreloadedOne() throws Exception {
    Path library = CCode.installed("libjemalloc.so.2");
    java(preload(library), "-Donemalloc.heap=private:jemalloc");
  }

  @Test
  void holdsWithEveryBlockChecked() throws Exception {
    String text = java(Map.of(), "-Donemalloc.checked=full");
    assertFalse(text.contains("[WR"), text);
  }

  @Test
  @Tag("long")
  void holdsWithEveryBlockCheckedUnderPreloadedJemalloc() throws Exception {
    String text = java(preload(CCode.installed("libjemalloc.so.2")), "-Donemalloc.checked=full");
    assertFalse(text.contains("[WR"), text);
  }

  @Test
  @Tag("long")
  void holdsWithEveryBlockOfAPrivateHeapChecked() throws Exception {
    java(Map.of(), "-Donemalloc.checked=full", "-Donemalloc.heap=private:mimalloc");
  }

  @Test
  @Tag("long")
  void holdsWithReadsChecked() throws Exception {
    String full = "-Donemalloc.checked=full";
    String reads = "-Donemalloc.checked.reads=true";
    String fewer = "-Doperations=5000"; // a block takes some 14 calls of the kernel
    String text = java(Map.of(), full, reads, fewer);
    assertFalse(text.contains("[WR") || text.contains("reads are not checked"), text);
    if (Boolean.getBoolean("nightly")) {
      text = java(preload(CCode.installed("libjemalloc.so.2")), full, reads);
      assertFalse(text.contains("[WR"), text);
      java(Map.of(), full, reads, "-Donemalloc.heap=private:mimalloc");
    }
  }

  @Test
  void holdsWithSampledBlocks() throws Exception {
    String often = "-Donemalloc.checked.period=1";
    String all = "-Donemalloc.checked.reach=all";
    String thrown = "-Donemalloc.checked.findings=throw";
    java(Map.of(), "-Donemalloc.checked=sampled", all, often, thrown);
  }

  @Test
  @Tag("long")
  void holdsWithSampledBlocksUnderPreloadedJemalloc() throws Exception {
    String often = "-Donemalloc.checked.period=1";
    String all = "-Donemalloc.checked.reach=all";
    java(preload(CCode.installed("libjemalloc.so.2")), "-Donemalloc.checked=sampled", all, often);
  }

  @Test
  @Tag("long")
  void holdsWithAccountingOn() throws Exception {
    String on = "-Donemalloc.accounting=on";
    java(Map.of(), on);
    java(preload(CCode.installed("libjemalloc.so.2")), on);
  }

  @Test
  @Tag("long")
  void holdsWithAccountingOnEverywhere() throws Exception {
    String on = "-Donemalloc.accounting=on";
    java(Map.of(), on, OFF, "-Donemalloc.limit=8g", "-Donemalloc.observe=on");
    java(preload(CCode.installed("libtcmalloc_minimal.so.4")), on);
    java(preload(CCode.installed("libmimalloc.so.2")), on);
  }

  @Test
  void saysWhichFlagIsMissing() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("--illegal-native-access=deny", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), ForkedMain.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), text);
    String first = text.lines().findFirst().orElseThrow();
    assertTrue(first.contains("--enable-native-access=ALL-UNNAMED"), text);
    assertTrue(first.contains("Enable-Native-Access"), text);
  }

  @Test
  @Tag("long")
  void holdsOnZgcAndParallel() throws Exception {
    java(Map.of(), "-XX:+UseZGC");
    java(Map.of(), "-XX:+UseParallelGC", "-XX:-UseCompressedOops");
  }

  @Test
  void holdsInACProgram() throws Exception {
    host("libc.so.6", Map.of());
  }

  @Test
  @Tag("long")
  void holdsInACProgramThatIsLinkedWithJemalloc() throws Exception {
    Path library = CCode.installed("libjemalloc.so.2");
    host(library.getFileName().toString(), Map.of(), library.toString());
  }

  @Test
  @Tag("long")
  void holdsInACProgramThatPreloadsJemalloc() throws Exception {
    Path library = CCode.installed("libjemalloc.so.2");
    host(library.getFileName().toString(), preload(library));
  }

  private void host(String provider, Map<String, String> environment, String... flags)
      throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of("-I" + CCode.java("include"), "-I" + CCode.java("include/linux"), "-ldl"));
    all.addAll(0, List.of(flags));
    all.addFirst("-Wl,--no-as-needed");
    Path host = CCode.compile(directory, "host.c", "host", all.toArray(String[]::new));
    String jvm = CCode.java("lib/server/libjvm.so").toString();
    String path = System.getProperty("java.class.path");
    String main = ForkedMain.class.getName().replace('.', '/');
    String text = run(List.of(host.toString(), jvm, path, main), environment);
    assertTrue(text.lines().findFirst().orElseThrow().endsWith("/" + provider), text);
  }

  private static void bound(String text, String allocator, Path library) {
    String first = text.lines().findFirst().orElseThrow();
    assertTrue(first.startsWith(allocator), text);
    assertTrue(first.endsWith(" in " + library), text);
  }

  private static Map<String, String> preload(Path library) {
    return Map.of("LD_PRELOAD", library.toString());
  }

  private static String java(Map<String, String> environment, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-Xshare:auto"));
    command.add("-Dnightly=" + Boolean.getBoolean("nightly"));
    command.add("-Doperations=40000");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ForkedMain.class.getName());
    return run(command, environment);
  }

  private static String run(List<String> command, Map<String, String> environment)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains(ForkedMain.DONE), text);
    // the rest has passed
    text.lines()
        .filter(line -> line.startsWith(ForkedMain.SKIPPED))
        .findFirst()
        .ifPresent(Assumptions::abort);
    return text;
  }
}
