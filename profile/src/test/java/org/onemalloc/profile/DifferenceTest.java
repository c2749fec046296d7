package org.onemalloc.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import one.convert.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DifferenceTest {
  private static final long SECOND = 1_000_000_000;
  private static final long MB = 1 << 20;

  @TempDir Path folder;

  /** Saves a profile with a stack for each library. */
  private Path saved(String name, long seconds, Map<String, long[]> libraries) throws IOException {
    Map<List<StackFrame>, Recording.Site> sites = new HashMap<>();
    libraries.forEach(
        (library, bytes) -> {
          Recording.Site site = new Recording.Site();
          site.allocated = bytes[0] * MB;
          site.live = bytes[1] * MB;
          site.blocks = 1;
          sites.put(List.of(new StackFrame(library, "make", Frame.TYPE_NATIVE)), site);
        });
    StringBuilder text = new StringBuilder();
    new SavedProfile("<" + name + ">", 1, seconds * SECOND, sites).write(text);
    return Files.writeString(folder.resolve(name), text);
  }

  private Difference difference(long seconds) throws IOException {
    Map<String, long[]> before = new HashMap<>();
    before.put("liba.so", new long[] {100, 10});
    before.put("libgone.so", new long[] {5, 5});
    Map<String, long[]> after = new HashMap<>();
    after.put("liba.so", new long[] {110, 40});
    after.put("libnew.so", new long[] {50, 1});
    return Difference.of(saved("before", 10, before), saved("after", seconds, after));
  }

  private static List<String> names(Difference difference) {
    return difference.changes().stream().map(Difference.Change::name).toList();
  }

  @Test
  void recordingsOfOneLengthAreComparedByBytes() throws IOException {
    Difference difference = difference(10);
    assertFalse(difference.perSecond());
    assertEquals(List.of("libnew.so", "liba.so", "libgone.so"), names(difference));
    String table = difference.table();
    assertTrue(
        table.contains(
            "libnew.so         0.00       50.00      +50.00        -"
                + "        0.00        1.00       +1.00        -\n"),
        table);
    assertTrue(
        table.contains(
            "libgone.so        5.00        0.00       -5.00     0.00"
                + "        5.00        0.00       -5.00     0.00\n"),
        table);
    assertTrue(
        table.contains(
            "libnew.so allocates 50.0 MB more, which is the largest growth;"
                + " of what is not freed, liba.so grew most, by 30.0 MB.\n"),
        table);
    assertFalse(table.contains("MB/s"), table);
  }

  @Test
  void recordingsOfDifferentLengthsAreComparedBySecondToo() throws IOException {
    Difference difference = difference(20);
    assertTrue(difference.perSecond());
    // liba.so allocated 110 MB in 20 s after 100 MB in 10 s: 4.5 MB a second less.
    assertEquals(List.of("liba.so", "libnew.so", "libgone.so"), names(difference));
    String table = difference.table();
    assertTrue(table.contains("liba.so         100.00      110.00      +10.00     1.10"), table);
    assertTrue(table.contains("liba.so          10.00        5.50       -4.50     0.55"), table);
    assertTrue(table.contains("are 10.0 s and 20.0 s long: parts are ordered"), table);
  }

  @Test
  void framesThatGrewAreRedAndThoseThatShrankBlue() throws IOException {
    String page = difference(10).page();
    String frame = "<i style=\"[^\"]*background:rgb\\(%s\\)\" title=\"\\[%s\\]: %s\">";
    assertTrue(
        page.matches(
            "(?s).*"
                + frame.formatted("240,\\d+,\\d+", "libnew.so", "[^\"]*50.0 MB after")
                + ".*"));
    assertTrue(
        page.matches(
            "(?s).*"
                + frame.formatted("\\d+,\\d+,245", "libgone.so", "5.0 MB before[^\"]*")
                + ".*"));
    assertTrue(page.contains("&lt;after&gt;") && !page.contains("<after>"));
  }

  @Test
  void theFiguresAreJson() throws IOException {
    StringBuilder json = new StringBuilder();
    difference(10).json(json);
    assertTrue(
        json.toString()
            .contains(
                "{\"name\": \"libgone.so\", \"before\": {\"allocatedBytes\": 5242880, \"liveBytes\": 5242880,"
                    + " \"blocks\": 1}, \"after\": {\"allocatedBytes\": 0, \"liveBytes\": 0, \"blocks\": 0}}"),
        json.toString());
  }

  @Test
  void nothingInBothIsNoDifference() throws IOException {
    Difference difference = Difference.of(saved("one", 0, Map.of()), saved("other", 0, Map.of()));
    assertTrue(difference.table().contains("No part allocates more; no part holds more."));
    assertTrue(difference.page().contains("</html>"));
  }
}
