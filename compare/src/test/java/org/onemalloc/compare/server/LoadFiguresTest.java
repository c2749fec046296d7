package org.onemalloc.compare.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.compare.server.BoundedText.SearchException;

/** The files are what the programs printed: redis 7.0, ab 2.4, wrk 4.1, pgbench 15, Kafka 4.4. */
class LoadFiguresTest {
  @Test
  void redisBenchmarkInItsThreeForms() throws Exception {
    assertEquals(
        List.of(
            new Measured("SET/s", "", 22701.48, true), new Measured("GET/s", "", 23752.97, true)),
        figures("redis-q.txt").stream().filter(Measured::higherIsBetter).toList());
    assertEquals(
        List.of(
            new Measured("SET/s", "", 25284.45, true),
            new Measured("SET p99", "ms", 10.783, false),
            new Measured("LPUSH/s", "", 20876.83, true),
            new Measured("LPUSH p99", "ms", 33.087, false)),
        figures("redis-csv.txt"));
    assertEquals(
        List.of(
            new Measured("SET/s", "", 18018.02, true),
            new Measured("SET p99", "ms", 19.263, false)),
        figures("redis-full.txt"));
  }

  @Test
  void webLoadGenerators() throws Exception {
    assertEquals(
        List.of(
            new Measured("requests/s", "", 307.09, true), new Measured("p99", "ms", 236, false)),
        figures("ab.txt"));
    assertEquals(
        List.of(
            new Measured("requests/s", "", 265.87, true), new Measured("p99", "ms", 290.18, false)),
        figures("wrk.txt"));
    assertEquals(
        List.of(new Measured("p99", "ms", 0.5, false)),
        List.copyOf(LoadFigures.in("     99%  500.00us\n")));
  }

  @Test
  void pgbench() throws Exception {
    assertEquals(
        List.of(
            new Measured("transactions/s", "", 179.655699, true),
            new Measured("mean latency", "ms", 11.132, false)),
        figures("pgbench.txt"));
  }

  @Test
  void kafkasOwnTools() throws Exception {
    assertEquals(
        List.of(
            new Measured("records/s", "", 2867.301296, true),
            new Measured("p99", "ms", 6345, false)),
        figures("kafka-producer.txt"));
    assertEquals(
        List.of(new Measured("fetched/s", "", 14792.8994, true)), figures("kafka-consumer.txt"));
  }

  @Test
  void jmhAndHdrHistogram() {
    assertEquals(
        List.of(
            new Measured("Bench.put", "ops/s", 1234.5, true),
            new Measured("Bench.get", "ns/op", 87.25, false)),
        List.copyOf(
            LoadFigures.in(
                """
                Benchmark   Mode  Cnt     Score    Error  Units
                Bench.put  thrpt    5  1234.500 ± 12.300  ops/s
                Bench.get   avgt    5    87.250 ±  1.100  ns/op
                """)));
    assertEquals(
        List.of(new Measured("p99", "", 12.34, false)),
        List.copyOf(
            LoadFigures.in(
                """
                       Value     Percentile TotalCount 1/(1-Percentile)

                       9.120 0.900000000000        900          10.00
                      12.340 0.990000000000        990         100.00
                #[Mean    =        4.500, StdDeviation   =        2.100]
                """)));
  }

  @Test
  void aFileOfFigures() {
    assertEquals(
        List.of(
            new Measured("requests/s", "", 1200, true), new Measured("p99.9", "ms", 4.5, false)),
        LoadFigures.ofFile("requests/s 1200\n\nnonsense\np99.9 4.5 ms\nx NaN\n"));
  }

  @Test
  void readsWhateverALoadPrintsInOneGo() {
    // With a pattern over all lines these take hours.
    assertEquals(List.of(), List.copyOf(LoadFigures.in("====== request ======\n".repeat(40_000))));
    assertEquals(List.of(), List.copyOf(LoadFigures.in("records sent, ".repeat(80_000))));
    assertEquals(List.of(), List.copyOf(LoadFigures.in("a\r".repeat(50_000))));
  }

  @Test
  void aNumberThatNothingCanBeIsNoFigure() {
    assertEquals(List.of(), LoadFigures.ofFile("ops/s 1e308\nops/s -1e99\nops/s Infinity\n"));
  }

  @Test
  void theLastMatchOfAPatternCounts() {
    FigurePattern pattern = FigurePattern.parse("score:points=score=([0-9.]+)");
    assertEquals(
        Optional.of(new Measured("score", "points", 2.5, false)),
        pattern.in("score=1\nscore=2.5\nscore=.\n"));
    assertEquals(Optional.empty(), pattern.in("score"));
    assertEquals(
        Optional.of(new Measured("rows/s", "", 7, true)),
        FigurePattern.parse("rows/s=^(\\d+) rows").in("7 rows\n"));
    assertThrows(IllegalArgumentException.class, () -> FigurePattern.parse("+cmd=(1)"));
  }

  /** The one takes stack for each character, the other time for each combination. */
  @ParameterizedTest
  @ValueSource(strings = {"x=((?:a|b)*)c", "x=^((a+)+)$"})
  void aPatternThatIsNotFitForTheOutputIsNamed(String pattern) {
    String output = "a".repeat(200_000) + "!";
    SearchException e =
        assertThrows(SearchException.class, () -> FigurePattern.parse(pattern).in(output));
    assertTrue(e.getMessage().startsWith("--figure x: the pattern needs too much "), e::getMessage);
  }

  @Test
  void aSignThatIsNotFitForTheOutputIsNamed() {
    String line = "a".repeat(200_000);
    Readiness ready = Readiness.parse("log:((?:a|b)*)c");
    assertThrows(SearchException.class, () -> ready.holds(line));
  }

  private static List<Measured> figures(String file) throws IOException {
    try (InputStream in = LoadFiguresTest.class.getResourceAsStream(file)) {
      return List.copyOf(LoadFigures.in(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    }
  }
}
