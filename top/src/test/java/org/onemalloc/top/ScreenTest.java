package org.onemalloc.top;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.onemalloc.text.KernelLines;
import org.onemalloc.text.Style;
import org.onemalloc.top.Frame.MappingUsage;

class ScreenTest {
  private static final String SMAPS =
      """
      55d4c0000000-55d4c0021000 rw-p 00000000 00:00 0                          [heap]
      Size:                132 kB
      Rss:                  16 kB
      Pss:                  16 kB
      7f1c00000000-7f1c00021000 rw-p 00000000 00:00 0\s
      Rss:                 100 kB
      Pss:                 100 kB
      7f1c10000000-7f1c10021000 r--p 00000000 fe:00 1234                       /usr/lib/a b.so
      Rss:                  40 kB
      Pss:                  10 kB
      7f1c20000000-7f1c20021000 r-xp 00021000 fe:00 1234                       /usr/lib/a b.so
      Rss:                  10 kB
      Pss:                   2 kB
      VmFlags: rd mr mw me
      """;

  private static Frame frame(long nanos, long resident, String command) {
    HeapView heap =
        new HeapView(
            "jemalloc 5.3.0",
            false,
            Map.of(
                "liveBytes", resident / 2,
                "allocatedBytes", 50L,
                "activeBytes", 100L,
                "residentBytes", -1L,
                "retainedBytes", -1L,
                "escapedBytes", 0L,
                "cacheBytes", 7L),
            List.of(new HeapView.Tag("a", 10, 1, 1000, 1000)),
            List.of());
    return new Frame(
        nanos,
        1,
        List.of(command),
        Optional.empty(),
        resident,
        resident,
        OptionalLong.empty(),
        List.of(new MappingUsage("anonymous", resident, resident)),
        Optional.of(heap),
        List.of("Something was not seen."));
  }

  @Test
  void sumsMappingsOfOneName() throws Exception {
    Smaps smaps = Smaps.parse(new KernelLines(new ByteArrayInputStream(SMAPS.getBytes(UTF_8))));
    assertEquals(166 << 10, smaps.residentBytes());
    assertEquals(128 << 10, smaps.proportionalBytes());
    assertEquals(
        List.of(
            new MappingUsage("anonymous", 100 << 10, 100 << 10),
            new MappingUsage("/usr/lib/a b.so", 50 << 10, 12 << 10),
            new MappingUsage("[heap]", 16 << 10, 16 << 10)),
        smaps.mappings());
  }

  @Test
  void showsGrowthPerSecondBetweenTwoFrames() {
    Screen screen = new Screen(Style.PLAIN);
    screen.draw(frame(0, 1 << 20, "x"), WindowSize.NONE);
    String text =
        String.join("\n", screen.draw(frame(2_000_000_000L, 5 << 20, "x"), WindowSize.NONE));
    assertTrue(text.matches("(?s).*resident \\(RSS\\) +5\\.0 MB +\\+2\\.0 MB.*"), text);
    assertTrue(text.contains("50.0 %"), text);
    assertTrue(text.contains("Something was not seen."), text);
  }

  @Test
  void leavesOutWhatIsNotKnown() {
    String text =
        String.join("\n", new Screen(Style.PLAIN).draw(frame(0, 1, "x"), WindowSize.NONE));
    assertTrue(!text.contains("retained") && !text.contains("\n  resident  "), text);
  }

  @Test
  void isMadeHarmlessAndFittedToTheWindow() {
    Screen screen = new Screen(Style.ANSI);
    List<String> lines =
        screen.draw(frame(0, 1, "evil\u001b[31m\n" + "x".repeat(300)), new WindowSize(30, 6));
    assertEquals(5, lines.size());
    for (String line : lines) {
      String plain = line.replaceAll("\u001b\\[[0-9;]*m", "");
      assertTrue(plain.length() <= 30, plain);
      assertTrue(!line.contains("\u001b[31m"), line);
    }
  }

  @Test
  void writesSizesForPeople() {
    assertEquals("0 B", Screen.bytes(0));
    assertEquals("1023 B", Screen.bytes(1023));
    assertEquals("1.0 KB", Screen.bytes(1024));
    assertEquals("1.0 MB", Screen.bytes((1 << 20) - 1));
    assertEquals("-1.5 KB", Screen.bytes(-1536));
    assertEquals("8.0 EB", Screen.bytes(Long.MAX_VALUE));
  }

  @Test
  void jsonHasNullForWhatIsNotKnown() {
    String json = FrameJson.of(frame(0, 1, "x"));
    assertTrue(json.contains("\"malloc\": null"), json);
    assertTrue(json.contains("\"residentBytes\": null"), json);
    assertTrue(json.contains("\"escapedBytes\": 0"), json);
    assertEquals(1, json.lines().count());
  }
}
