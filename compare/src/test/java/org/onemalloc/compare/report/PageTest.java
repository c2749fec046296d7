package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.server.Measured;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.Html;

@Tag("slow")
class PageTest {
  private static final int[] LIGHT_HUES = {0x767c85, 0x3b6fa8, 0x228833, 0xa08600, 0xaa3377};
  private static final Set<String> NOT_COUNTED = Set.of("jemalloc", "system+arenas");

  @TempDir static Path directory;

  private static final Comparison COMPARISON = Fixture.realistic();
  private static Path page;
  private static String html;

  @BeforeAll
  static void write() throws Exception {
    page = directory.resolve("report.html");
    AtomicFile.write(page, Report.of(COMPARISON)::page);
    html = Files.readString(page);
  }

  @Test
  void needsNothingFromOutside() {
    assertFalse(Pattern.compile("(src|href|url|import)\\s*[=(]").matcher(html).find());
    assertFalse(html.replace("http://www.w3.org/2000/svg", "").contains("http://"));
    assertTrue(html.contains("default-src 'none'"));
  }

  @Test
  void whatALoadCallsItsFiguresIsEscaped() throws Exception {
    String name = "x\"><script>alert(1)</script>\u001b/s";
    Run.Load load = new Run.Load(1, List.of(new Measured(name, name, 5, true)));
    List<Run> runs = COMPARISON.runs().stream().map(run -> Fixture.with(run, load)).toList();
    StringBuilder text = new StringBuilder();
    Report.of(Fixture.comparison(COMPARISON.variants(), runs, 5)).page(text);
    int raw = Math.max(text.indexOf("<script>alert"), text.indexOf("\u001b"));
    assertEquals("", raw < 0 ? "" : text.substring(raw - 100, raw + 50));
    assertTrue(text.toString().contains("x&quot;&gt;&lt;script&gt;alert(1)"));
  }

  @Test
  void textOfTheProgramAndTheCommandLineIsEscaped() {
    assertFalse(html.contains("<script>alert"));
    assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assertTrue(html.contains("--queue=a &lt;b&gt; &amp; "));
    assertEquals("&lt;&quot;&#39;\\u001b", Html.escape("<\"'\u001b"));
  }

  @Test
  void everyCommandIsThereToCopy() {
    assertTrue(
        html.contains(
            "env LD_PRELOAD=/usr/lib/libjemalloc.so.2 MALLOC_CONF=background_thread:true,"
                + "dirty_decay_ms:1000,narenas:8 java -Xmx512m -jar service.jar"));
    assertTrue(html.contains("java -XX:TrimNativeHeapInterval=1000 -Xmx512m"));
  }

  @Test
  void showsWhatTheAllocatorsSayOfThemselves() {
    assertTrue(
        html.contains(
            "<th scope=\"row\">jemalloc+tuned</th>"
                + "<td>103</td><td>140</td><td></td><td>300</td><td>jemalloc&#39;s stats_print"));
    assertEquals(1, Pattern.compile("allocators' own statistics").matcher(html).results().count());
  }

  @Test
  void everyPictureHasAName() {
    Matcher matcher = Pattern.compile("<svg ").matcher(html);
    assertEquals(2 + 7 + 8, matcher.results().count());
    assertEquals(
        2 + 7 + 8,
        Pattern.compile("role=\"img\" aria-labelledby=\"([\\w-]+)\"[^>]*><title id=\"\\1\">")
            .matcher(html)
            .results()
            .count());
  }

  @Test
  void aComparisonWithoutRunsIsStillAPage() throws Exception {
    Path file = directory.resolve("empty.html");
    List<Variant> variants = List.of(Fixture.variant("system"), Fixture.variant("x"));
    AtomicFile.write(file, Report.of(Fixture.comparison(variants, List.of(), 5))::page);
    assertTrue(Files.readString(file).contains("no run was finished"));
    assertFalse(Files.readString(file).contains("NaN"));
  }

  @Test
  void theBrowserDrawsOneLineForEachCountedRunWhereItBelongs() throws Exception {
    List<String[]> lines = probe(1200);
    List<Run> counted = COMPARISON.runs().stream().filter(Run::counts).toList();
    assertEquals(25, counted.size());
    List<String[]> small = lines.stream().filter(l -> l[0].startsWith("time-")).toList();
    assertEquals(counted.size(), small.size());
    double seconds = counted.stream().mapToDouble(r -> lastSecond(r)).max().orElseThrow();
    double highest =
        1.06
            * counted.stream()
                .flatMap(r -> r.samples().stream())
                .mapToLong(Run.Sample::pssBytes)
                .max()
                .orElseThrow();
    for (String[] line : small) {
      Run run =
          counted.stream()
              .filter(r -> r.variant().equals(line[1]) && r.round() == Integer.parseInt(line[2]))
              .findFirst()
              .orElseThrow();
      double left = Double.parseDouble(line[3]);
      double right = Double.parseDouble(line[4]);
      double top = Double.parseDouble(line[5]);
      double bottom = Double.parseDouble(line[6]);
      String[] points = line[7].split(" ", -1);
      assertEquals(run.samples().size(), points.length);
      for (int i = 0; i < points.length; i++) {
        Run.Sample sample = run.samples().get(i);
        String[] point = points[i].split(",", -1);
        double x = left + sample.sinceStartNanos() / 1e9 / seconds * (right - left);
        double y = bottom - sample.pssBytes() / highest * (bottom - top);
        assertEquals(x, Double.parseDouble(point[0]), 0.11);
        assertEquals(y, Double.parseDouble(point[1]), 0.11);
      }
    }
  }

  @Test
  void theOverviewShowsTheMedianRunOfEachCountedVariantAndNamesIt() throws Exception {
    List<String[]> lines = probe(1200);
    Set<String> names =
        COMPARISON.variants().stream()
            .map(v -> v.name())
            .filter(name -> !NOT_COUNTED.contains(name))
            .collect(Collectors.toSet());
    List<String[]> overview = lines.stream().filter(l -> l[0].equals("overview")).toList();
    assertEquals(5, overview.size());
    assertEquals(names, overview.stream().map(l -> l[1]).collect(Collectors.toSet()));
    List<String[]> labels = lines.stream().filter(l -> l[0].equals("label")).toList();
    assertEquals(names, labels.stream().map(l -> l[1]).collect(Collectors.toSet()));
    double[] tops = labels.stream().mapToDouble(l -> Double.parseDouble(l[2])).sorted().toArray();
    IntStream.range(1, tops.length).forEach(i -> assertTrue(tops[i] - tops[i - 1] >= 12));
  }

  @Test
  void thePointerReadsOutTheMemoryAtThatTime() throws Exception {
    String text =
        probe(1200).stream().filter(l -> l[0].equals("readout")).findFirst().orElseThrow()[1];
    Matcher read = Pattern.compile("^([\\d.]+) s: .*\\bsystem (\\d+)\\b.* MB$").matcher(text);
    assertTrue(read.find(), text);
    double seconds = Double.parseDouble(read.group(1));
    List<Long> near =
        COMPARISON.runsOf("system").stream()
            .flatMap(run -> run.samples().stream())
            .filter(sample -> Math.abs(sample.sinceStartNanos() / 1e9 - seconds) < 0.2)
            .map(sample -> sample.pssBytes() / Fixture.MB)
            .sorted()
            .toList();
    long memory = Long.parseLong(read.group(2));
    assertTrue(near.getFirst() - 2 <= memory && memory <= near.getLast() + 2, text + near);
  }

  @Test
  void theScriptRunsUnderItsPolicyAndNothingOverflowsAPhone() throws Exception {
    assertTrue(chromium().dom(page, 1200).contains("aria-label=\"copy the command: "));
    for (int width : new int[] {500, 1200}) {
      String[] layout =
          probe(width).stream().filter(l -> l[0].equals("layout")).findFirst().orElseThrow();
      assertTrue(Integer.parseInt(layout[1]) <= Integer.parseInt(layout[2]), "overflows " + width);
    }
  }

  @Test
  void theLinesAreSeenInTheirColours() throws Exception {
    BufferedImage picture = ImageIO.read(chromium().screenshot(page, 1200).toFile());
    for (int hue : LIGHT_HUES) {
      long seen =
          IntStream.range(0, picture.getWidth() * picture.getHeight())
              .filter(i -> (picture.getRGB(i % 1200, i / 1200) & 0xffffff) == hue)
              .count();
      assertTrue(seen > 500, Integer.toHexString(hue) + " is seen in " + seen + " pixels");
    }
  }

  private static double lastSecond(Run run) {
    return run.samples().getLast().sinceStartNanos() / 1e9;
  }

  private static Chromium chromium() {
    Optional<Chromium> chromium = Chromium.find(directory);
    assumeTrue(
        chromium.isPresent(), "the page is not seen in a browser: chromium is not installed");
    return chromium.get();
  }

  /** What the browser laid out, a line each, from a script added to a copy without the policy. */
  private static List<String[]> probe(int width) throws Exception {
    Chromium chromium = chromium();
    Path copy = Files.createTempFile(directory, "probe", ".html");
    String open = html.replaceFirst("<meta http-equiv=[^>]*>", "");
    Files.writeString(
        copy, open.replace("</body>", "<script>" + probeScript() + "</script></body>"));
    Matcher probed =
        Pattern.compile("<pre id=\"probe\">([^<]*)</pre>").matcher(chromium.dom(copy, width));
    assertTrue(probed.find(), "the page's probe did not run");
    List<String[]> lines = new ArrayList<>();
    probed.group(1).lines().forEach(line -> lines.add(line.split("\\|", -1)));
    return lines;
  }

  private static String probeScript() throws Exception {
    try (InputStream in = PageTest.class.getResourceAsStream("probe.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
