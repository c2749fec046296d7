package org.onemalloc.inspect.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.inspect.result.PrivateAllocator;

@Tag("slow")
class InspectionReportTest {
  private static final String EVIL = "/tmp/<script>alert(1)</script>\u001b[31m.so";
  private static final String PROBE =
      """
      <script>
      let out = [];
      for (const edge of document.querySelectorAll('#picture .edge')) {
        const box = edge.getBoundingClientRect();
        if (!box.width || getComputedStyle(edge).stroke === 'none') throw new Error('not drawn');
        out.push(edge.dataset.from + '|' + edge.dataset.to);
      }
      out.push('layout|' + (document.documentElement.scrollWidth <= innerWidth));
      const pre = document.createElement('pre');
      pre.id = 'probe';
      pre.textContent = out.join('\\n');
      document.body.append(pre);
      </script></body>
      """;

  @TempDir Path folder;

  private final Inspection inspection =
      new Inspection(
          "process 7",
          List.of(
              module("/bin/app", Role.HOST, List.of(call("malloc", "/lib/libjemalloc.so.2"))),
              module(
                  "/lib/libold.so",
                  Role.GUEST,
                  List.of(call("malloc", "/lib/libc.so.6"), call("free", "/lib/libc.so.6"))),
              module(EVIL, Role.GUEST, List.of(call("malloc", "/lib/libjemalloc.so.2"))),
              module(
                  "/lib/lazy.so",
                  Role.GUEST,
                  List.of(new Call("malloc", Optional.empty(), false, Optional.empty(), true))),
              module("/lib/nothing.so", Role.GUEST, List.of())),
          List.of(
              new Hazard(
                  "deepbind",
                  Severity.DANGER,
                  "/lib/libold.so",
                  List.of("evidence <b>"),
                  "It ends.",
                  "Do not.")),
          Optional.of(
              new LiveState(
                  "node-3",
                  7,
                  List.of("app", "--x"),
                  Map.of("LD_PRELOAD", "libjemalloc.so.2"),
                  true,
                  new LiveState.Memory(
                      Optional.of(1L << 22), Optional.empty(), Optional.of(1L << 23)),
                  Optional.of(1L << 20),
                  Optional.empty(),
                  List.of(),
                  Optional.empty())),
          List.of("a note"));

  private final InspectionReport report = new InspectionReport(inspection, "1.0");

  @Test
  void theTextSaysTheWorstFirstAndWhoUsesWhichHeap() {
    String text = report.text(false, false);
    assertTrue(text.contains("its malloc is that of /lib/libjemalloc.so.2"), text);
    assertTrue(text.indexOf("DANGER") < text.indexOf("Whose malloc"), text);
    assertTrue(text.contains("/lib/libc.so.6\n      libold.so"), text);
    assertTrue(text.contains("not bound yet"), text);
    assertTrue(text.contains("1.0 MiB, and an unknown amount in blocks with a mapping of"), text);
    assertTrue(text.contains("libold.so has a private jemalloc inside (mark)"), text);
    assertFalse(text.contains("\u001b"), text);
  }

  @Test
  void theJsonIsWhatTheDocumentSays() throws Exception {
    StringBuilder json = new StringBuilder();
    report.json(json);
    assertTrue(json.toString().contains("\"schemaVersion\": 1"));
    assertTrue(json.toString().contains("\"processHeap\": \"/lib/libjemalloc.so.2\""));
    assertTrue(json.toString().contains("\"pending\": true"));
    assertTrue(json.toString().contains("\"glibcArenaBytes\": 1048576"));
    assertFalse(json.toString().contains("glibcMappedBytes"));
    assertTrue(json.toString().contains("\"host\": \"node-3\""));
    assertTrue(json.toString().contains("\"rssBytes\": 4194304"));
    assertFalse(json.toString().contains("pssBytes"));
  }

  @Test
  void thePageNeedsNothingFromOutsideAndIsHarmless() throws Exception {
    String html = page();
    assertTrue(html.contains("default-src 'none'"));
    assertFalse(html.contains("<script"));
    assertFalse(Pattern.compile("(src|href|url|import)\\s*[=(]").matcher(html).find());
    assertFalse(html.contains("\u001b"));
    assertTrue(html.contains("&lt;script&gt;"));
    assertEquals(2, Pattern.compile("<svg [^>]*role=\"img\"").matcher(html).results().count());
  }

  @Test
  void aBrowserDrawsALineFromEachModuleToItsHeap() throws Exception {
    for (int width : new int[] {1200, 500}) {
      String dom = dom(page().replaceFirst("<meta http-equiv=[^>]*>", ""), width);
      String probe = dom.substring(dom.indexOf("<pre id=\"probe\">"));
      assertTrue(probe.contains("layout|true"), probe);
      if (width == 1200) {
        assertTrue(probe.contains("app|/lib/libjemalloc.so.2"), probe);
        assertTrue(probe.contains("libold.so|/lib/libc.so.6"), probe);
      }
    }
  }

  private String page() throws Exception {
    StringBuilder page = new StringBuilder();
    report.page(page);
    return page.toString();
  }

  private String dom(String html, int width) throws Exception {
    Optional<Path> chromium =
        Stream.of(System.getenv("PATH").split(":", -1))
            .map(directory -> Path.of(directory, "chromium"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(chromium.isPresent(), "the page is not seen: chromium is not installed");
    String probe = width == 1200 ? PROBE : PROBE.replace("'#picture .edge'", "'#none'");
    Path copy = Files.writeString(folder.resolve("probe.html"), html.replace("</body>", probe));
    File output = folder.resolve("dom" + width).toFile();
    Process browser =
        new ProcessBuilder(
                chromium.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + width + ",2000",
                "--dump-dom",
                copy.toUri().toString())
            .redirectOutput(output)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertTrue(browser.waitFor(60, TimeUnit.SECONDS), "chromium did not end");
    } finally {
      browser.descendants().forEach(ProcessHandle::destroyForcibly);
      browser.destroyForcibly();
    }
    return Files.readString(output.toPath());
  }

  private static Call call(String symbol, String provider) {
    return new Call(symbol, Optional.empty(), false, Optional.of(provider));
  }

  private static NativeModule module(String name, Role role, List<Call> calls) {
    List<PrivateAllocator> inside =
        name.endsWith("libold.so") ? List.of(new PrivateAllocator("jemalloc", "mark")) : List.of();
    return new NativeModule(name, "elf", "x86-64", role, calls, List.of(), inside);
  }
}
