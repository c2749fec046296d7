package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the heap says of itself under each allocator, in JVMs of their own. */
class StatisticsTest {
  private static Map<String, String> figures(Map<String, String> environment, String... options)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx64m"));
    command.addAll(Arrays.asList(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StatisticsMain.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    Map<String, String> figures = new HashMap<>();
    text.lines()
        .filter(line -> line.contains("="))
        .forEach(line -> figures.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    return figures;
  }

  private static Map<String, String> preloaded(String library, String... options) throws Exception {
    Path file = CCode.installed(library);
    return figures(Map.of("LD_PRELOAD", file.toString()), options);
  }

  private static long of(Map<String, String> figures, String name) {
    return Long.parseLong(figures.get(name));
  }

  /** 64 MB more live in between. */
  private static void assertSeesTheBlocks(Map<String, String> figures, String figure) {
    long grown = of(figures, "full." + figure) - of(figures, "before." + figure);
    assertTrue(grown > 60 << 20 && grown < 90 << 20, figures.toString());
    assertTrue(of(figures, "after." + figure) < of(figures, "full." + figure), figures.toString());
  }

  @Test
  void glibc() throws Exception {
    Map<String, String> figures = figures(Map.of());
    assertEquals("glibc", figures.get("allocator"));
    assertSeesTheBlocks(figures, "allocated");
    assertSeesTheBlocks(figures, "active");
    assertEquals("unknown", figures.get("full.resident"));
    assertEquals("unknown", figures.get("full.escaped"));
    assertPurged(figures);
  }

  @Test
  void jemalloc() throws Exception {
    Map<String, String> figures = preloaded("libjemalloc.so.2");
    assertEquals("jemalloc", figures.get("allocator"));
    assertSeesTheBlocks(figures, "allocated");
    assertSeesTheBlocks(figures, "active");
    assertSeesTheBlocks(figures, "resident");
    assertTrue(of(figures, "full.retained") >= 0);
    assertNothingEscaped(figures);
    assertPurged(figures);
  }

  @Test
  void tcmalloc() throws Exception {
    Map<String, String> figures = preloaded("libtcmalloc_minimal.so.4");
    assertEquals("tcmalloc", figures.get("allocator"));
    assertSeesTheBlocks(figures, "allocated");
    assertSeesTheBlocks(figures, "active");
    assertTrue(of(figures, "full.resident") > 60 << 20, figures.toString());
    assertNothingEscaped(figures);
    assertPurged(figures);
  }

  @Test
  void mimalloc() throws Exception {
    Map<String, String> figures = preloaded("libmimalloc.so.2");
    assertEquals("mimalloc", figures.get("allocator"));
    assertEquals("unknown", figures.get("full.allocated"));
    assertTrue(of(figures, "full.active") >= of(figures, "before.active"), figures.toString());
    assertNothingEscaped(figures);
    assertPurged(figures);
  }

  @Test
  void aJemallocWithoutStatisticsSaysNothing() throws Exception {
    Map<String, String> figures = figures(Map.of(), "-Donemalloc.heap=private:jemalloc");
    assertEquals("jemalloc", figures.get("allocator"));
    assertEquals("unknown", figures.get("full.allocated"));
    assertEquals("unknown", figures.get("full.resident"));
    assertTrue(of(figures, "full.escaped") > 0, "the JVM itself is on glibc");
  }

  @Test
  void aPrivateMimallocIsAskedByItsOwnNames() throws Exception {
    Map<String, String> figures = figures(Map.of(), "-Donemalloc.heap=private:mimalloc");
    assertEquals("mimalloc", figures.get("allocator"));
    assertTrue(of(figures, "full.active") > 0, figures.toString());
  }

  @Test
  void accountingModeCountsUntaggedCallsBySizeAndThread() throws Exception {
    Map<String, String> figures = figures(Map.of(), "-Donemalloc.accounting=on");
    long blocks = 1024;
    assertEquals(blocks * 65536, of(figures, "full.live") - of(figures, "before.live"));
    assertEquals(blocks * 65536, of(figures, "full.size.65536"));
    assertEquals(blocks * 65536, of(figures, "full.thread.main"));
    assertEquals(of(figures, "before.live"), of(figures, "after.live"));
  }

  @Test
  void withoutAccountingModeThereIsNothingThatLooksLikeIt() throws Exception {
    Map<String, String> figures = figures(Map.of());
    assertEquals(0, of(figures, "full.live"));
    assertFalse(figures.containsKey("full.size.65536"));
    assertFalse(figures.containsKey("full.thread.main"));
  }

  @Test
  void aLimitOfTheProcessStopsUntaggedCalls() throws Exception {
    Map<String, String> figures = figures(Map.of(), "-Donemalloc.limit=8m");
    assertTrue(figures.get("refused").startsWith("The process is limited to 8388608 bytes"));
  }

  @Test
  void aLimitOfATagComesFromItsProperty() throws Exception {
    Map<String, String> figures = figures(Map.of(), "-Donemalloc.limit.statistics/main=1k");
    assertEquals("1024", figures.get("limit"));
  }

  @Test
  void wrongPropertiesAreOneSentenceAtTheFirstUse() throws Exception {
    for (String wrong :
        new String[] {
          "-Donemalloc.accounting=yes",
          "-Donemalloc.limit=0",
          "-Donemalloc.limit=lots",
          "-Donemalloc.observe=true"
        }) {
      Map<String, String> figures = figures(Map.of(), wrong);
      assertTrue(figures.get("error").contains("must be"), wrong + figures);
    }
    Map<String, String> both =
        figures(Map.of(), "-Donemalloc.accounting=off", "-Donemalloc.limit=1g");
    assertTrue(both.get("error").contains("omit onemalloc.accounting=off"), both.toString());
  }

  private static void assertNothingEscaped(Map<String, String> figures) {
    assertTrue(of(figures, "full.escaped") < 1 << 20, figures.toString());
  }

  /** Freed memory was resident, and at least half of it is not after the purge. */
  private static void assertPurged(Map<String, String> figures) {
    assertTrue(
        of(figures, "rss.purged") < of(figures, "rss.full") - (32 << 20), figures.toString());
    assertEquals("0", figures.get("depots"));
  }
}
