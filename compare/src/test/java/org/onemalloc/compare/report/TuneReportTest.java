package org.onemalloc.compare.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onemalloc.allocators.Kind;
import org.onemalloc.allocators.Setting;
import org.onemalloc.allocators.SettingsProfile;
import org.onemalloc.compare.Comparer;
import org.onemalloc.compare.Engine;
import org.onemalloc.compare.Fixture;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.tune.Budget;
import org.onemalloc.compare.tune.Candidate;
import org.onemalloc.compare.tune.Candidate.Origin;
import org.onemalloc.compare.tune.Constraint;
import org.onemalloc.compare.tune.Standing;
import org.onemalloc.compare.tune.Trial;
import org.onemalloc.compare.tune.TuneRequest;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.End;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.TuneResult.Limit;

class TuneReportTest {
  private static final Path PROFILE = Path.of("my profile");

  private static TuneRequest request() {
    Comparer.Request measured =
        new Comparer.Request(
            List.of("./app", "<b>\u001b[31m"),
            List.of(),
            Map.of(),
            1,
            false,
            1,
            Duration.ofMillis(100),
            Duration.ZERO,
            false,
            Optional.empty(),
            Engine.NONE,
            Optional.empty(),
            List.of("onemalloc", "tune", "--", "./app"),
            "1");
    Constraint cpu = Constraint.parse("cpu+2%");
    return new TuneRequest(
        measured, List.of(), "peak", List.of(cpu), new Budget.Usual(), Path.of("state"));
  }

  private static List<Trial> trials(Trial.Stage stage, String name, int count, boolean counts) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(
            round ->
                new Trial(
                    stage,
                    round,
                    name,
                    counts ? Trial.Mark.PROVEN : Trial.Mark.FAILED,
                    1_000_000,
                    counts ? Map.of("peakRss", 1e8, "cpu", 1e9) : Map.of(),
                    counts ? "" : "exit code 1: <i>"))
        .toList();
  }

  private static Entry entry(
      String name, Origin origin, Standing standing, double peak, double cpu, int fresh) {
    boolean system = name.startsWith("system");
    List<Setting> settings =
        origin == Origin.DEFAULT
            ? List.of()
            : List.of(new Setting(system ? "MALLOC_ARENA_MAX" : "narenas", "1", "One.", "a test"));
    Kind kind = system ? Kind.SYSTEM : Kind.JEMALLOC;
    Variant variant =
        new Variant(
            name,
            name,
            Map.of(),
            kind.word() + " 1",
            system ? "" : "/opt/libjemalloc.so",
            origin == Origin.DEFAULT ? Map.of() : Map.of("A", "1"),
            List.of(),
            List.of("./app"));
    Map<Figure, Bounds> ratios = new LinkedHashMap<>();
    ratios.put(Figure.PEAK, new Bounds(peak, peak * 0.98, peak * 1.02));
    ratios.put(Figure.CPU, new Bounds(cpu, cpu * 0.99, cpu * 1.01));
    boolean counts = !(standing instanceof Standing.Faulty);
    return new Entry(
        new Candidate(
            variant, kind.word(), origin, new SettingsProfile(name, kind.word(), kind, settings)),
        standing,
        trials(Trial.Stage.RACE, name, 3, counts),
        trials(Trial.Stage.FRESH, name, fresh, true),
        counts ? ratios : Map.of(),
        fresh > 0 ? ratios : Map.of());
  }

  private static TuneResult result(End end, Optional<Integer> chosen, double peak, double cpu) {
    List<Entry> entries = new ArrayList<>();
    entries.add(entry("system", Origin.DEFAULT, new Standing.Worse(3, 3, 1.1), 1, 1, 5));
    entries.add(entry("jemalloc", Origin.DEFAULT, new Standing.Breaks(2, 0, 1.2), 1.1, 1.3, 5));
    entries.add(entry("system-1", Origin.TABLE, new Standing.Faulty(2), 1, 1, 0));
    entries.add(entry("jemalloc-1", Origin.TABLE, new Standing.Running(), peak, cpu, 5));
    TuneRequest request = request();
    return new TuneResult(
        request,
        Figure.PEAK,
        List.of(new Limit(request.within().getFirst(), Figure.CPU, 1.02)),
        List.of(Figure.PEAK, Figure.CPU),
        entries,
        3,
        chosen,
        end,
        Fixture.realistic().machine(),
        Instant.EPOCH,
        List.of("tcmalloc was omitted: it is <not> there."),
        Optional.of(Path.of("/opt/app")));
  }

  private static TuneReport finished(double peak, double cpu) {
    return new TuneReport(result(End.FINISHED, Optional.of(3), peak, cpu), Optional.of(PROFILE));
  }

  private static String text(org.onemalloc.text.AtomicFile.Content content) throws IOException {
    StringBuilder text = new StringBuilder();
    content.writeTo(text);
    return text.toString();
  }

  @Test
  void theTableSaysWhatToTakeWhereEachEndedAndWhatToDo() {
    String table = finished(0.8, 1.01).table(false);
    for (String part :
        List.of(
            "For the least peak within cpu+2% take jemalloc-1: 20 % lower peak than system (−22 …",
            "after round 2: breaks cpu+2%, worse by 20 % or more",
            "after round 3: worse than jemalloc-1 by 10 % or more",
            "its runs do not count: exit code 1: <i>",
            "→ jemalloc-1",
            "narenas=1",
            "onemalloc run -a jemalloc+'my profile' -- ./app",
            "onemalloc link /opt/app -a jemalloc --profile 'my profile' --verify")) {
      assertTrue(table.replaceAll("\\s+", " ").contains(part), () -> part + " is not in\n" + table);
    }
    assertFalse(table.contains("\u001b"), table);
    assertTrue(table.lines().noneMatch(line -> line.length() > 110 && !line.contains("onemalloc")));
  }

  @Test
  void thePageHasEachCandidateAndEscapesWhatIsNotItsOwn() throws IOException {
    String page = text(finished(0.8, 1.01)::page);
    assertTrue(page.contains("id=\"trade-off\""), page);
    assertTrue(page.contains("class=\"front\""), page);
    assertTrue(page.contains("&lt;b&gt;"), page);
    assertFalse(page.contains("<b>"), page);
    assertFalse(page.contains("<i>\u001b"), page);
    assertFalse(page.contains("\u001b"), page);
    assertTrue(page.contains("it is &lt;not&gt; there"), page);
    assertEquals(4, page.split("<td>3</td>", -1).length - 1, page);
  }

  @Test
  void theJsonIsWellFormed() throws IOException {
    String json = text(finished(0.8, 1.01)::json);
    assertTrue(json.contains("\"chosen\": \"jemalloc-1\""), json);
    assertTrue(json.contains("\"droppedAfterRound\": 2"), json);
    assertTrue(json.endsWith("}\n"), json);
  }

  @Test
  void theProfileIsReadBack() throws IOException {
    TuneReport report = finished(0.8, 1.01);
    assertTrue(report.hasProfile());
    assertTrue(report.sound());
    SettingsProfile profile = SettingsProfile.parse("p", text(report::profile));
    assertEquals("jemalloc", profile.allocator());
    assertEquals("narenas", profile.settings().getFirst().name());
  }

  @Test
  void whatBreaksALimitInTheFreshRunsIsNoProfile() {
    TuneReport report = finished(0.8, 1.1);
    assertFalse(report.hasProfile());
    assertFalse(report.sound());
    assertTrue(report.table(false).contains("the fresh runs show that it breaks cpu+2%"));
  }

  @Test
  void whatTheFreshRunsShowToBeWorseIsNoProfile() {
    TuneReport report = finished(1.1, 1);
    assertFalse(report.hasProfile());
    assertFalse(report.sound());
    String table = report.table(false).replaceAll("\\s+", " ");
    assertTrue(table.contains("show that it is worse than system (+8 … +12 %)"), table);
  }

  @Test
  void whatIsNotShownToBeBetterIsSaidToBeSo() {
    String table = finished(0.99, 1).table(false).replaceAll("\\s+", " ");
    assertTrue(table.contains("do not show that it is better than system"), table);
  }

  @Test
  void anUnfinishedOneSaysHowToGoOn() {
    TuneReport report =
        new TuneReport(result(End.INTERRUPTED, Optional.empty(), 0.8, 1), Optional.empty());
    assertFalse(report.sound());
    assertFalse(report.hasProfile());
    assertTrue(report.table(false).contains("the same command goes on from there"));
    TuneReport stay =
        new TuneReport(result(End.FINISHED, Optional.of(0), 0.8, 1), Optional.empty());
    assertTrue(stay.table(false).contains("Stay with system"));
    assertTrue(stay.hasProfile());
  }
}
