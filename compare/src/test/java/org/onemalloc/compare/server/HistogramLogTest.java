package org.onemalloc.compare.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The logs are written by HdrHistogram itself, whose percentiles ours are held to. */
class HistogramLogTest {
  private static final double NANOS = 1e6;

  @TempDir Path folder;
  private Path file;
  private HistogramLog.Awaited log;

  @BeforeEach
  void awaitALog() {
    file = folder.resolve("load.hlog");
    log = HistogramLog.parse("get=" + file).await();
  }

  private void write(Consumer<HistogramLogWriter> intervals) throws IOException {
    try (PrintStream out = new PrintStream(Files.newOutputStream(file))) {
      HistogramLogWriter writer = new HistogramLogWriter(out);
      writer.outputComment("[A load of a test]");
      writer.outputLogFormatVersion();
      writer.outputStartTime(1_700_000_000_000L);
      writer.outputLegend();
      intervals.accept(writer);
    }
  }

  /** Records latencies between 1 µs and some minutes, most of them short. */
  private static Histogram random(Random random, Histogram histogram, int values) {
    for (int i = 0; i < values; i++) {
      histogram.recordValue((long) (1000 * Math.exp(random.nextDouble() * 12)));
    }
    return histogram;
  }

  private static void assertPercentiles(
      Histogram expected, String title, double perMilli, List<Measured> figures) {
    assertEquals(
        List.of(
            ms(title + " p99", expected.getValueAtPercentile(99) / perMilli),
            ms(title + " p50", expected.getValueAtPercentile(50) / perMilli),
            ms(title + " p99.9", expected.getValueAtPercentile(99.9) / perMilli),
            ms(title + " max", expected.getMaxValue() / perMilli)),
        figures);
  }

  private static Measured ms(String name, double value) {
    return new Measured(name, "ms", value, false);
  }

  @ParameterizedTest
  @CsvSource({"1,0", "1,1", "1,2", "1,3", "1,4", "1,5", "1000,3", "1024,2", "999999,3"})
  void intervalsAreOneHistogram(long lowest, int digits) throws Exception {
    Random random = new Random(digits);
    Histogram all = new Histogram(lowest, 3_600_000_000_000L, digits);
    write(
        writer -> {
          for (int i = 0; i < 5; i++) {
            Histogram one = new Histogram(lowest, 3_600_000_000_000L, digits);
            random(random, one, 1000 * i + 1); // the first has one value
            all.add(one);
            writer.outputIntervalHistogram(i, i + 1, one);
          }
        });
    assertPercentiles(all, "get", NANOS, log.figures());
  }

  @Test
  void theHighestAndTheLowestValuesAreRead() throws Exception {
    Histogram all = new Histogram(2);
    all.recordValue(0);
    all.recordValue(1);
    all.recordValueWithCount(Long.MAX_VALUE, 1L << 40);
    write(writer -> writer.outputIntervalHistogram(0, 1, all));
    assertPercentiles(all, "get", NANOS, log.figures());
  }

  @Test
  void eachTagHasFiguresOfItsOwn() throws Exception {
    Histogram read = random(new Random(1), new Histogram(3), 500);
    Histogram update = random(new Random(2), new Histogram(3), 500);
    Histogram none = new Histogram(3);
    read.setTag("READ");
    update.setTag("UPDATE");
    none.setTag("SCAN");
    write(
        writer -> {
          writer.outputIntervalHistogram(0, 1, read);
          writer.outputIntervalHistogram(0, 1, none);
          writer.outputIntervalHistogram(0, 1, update);
        });
    List<Measured> figures = log.figures();
    assertEquals(8, figures.size(), figures.toString());
    assertPercentiles(read, "get READ", NANOS, figures.subList(0, 4));
    assertPercentiles(update, "get UPDATE", NANOS, figures.subList(4, 8));
  }

  @ParameterizedTest
  @CsvSource({"ns,1e6", "us,1e3", "ms,1"})
  void theUnitIsThatOfTheValues(String unit, double perMilli) throws Exception {
    Histogram some = random(new Random(3), new Histogram(3), 100);
    HistogramLog.Awaited awaited = HistogramLog.parse("get:" + unit + "=" + file).await();
    write(writer -> writer.outputIntervalHistogram(0, 1, some));
    assertPercentiles(some, "get", perMilli, awaited.figures());
  }

  /** What is cut off anywhere in the last histogram, and each byte of it that is another. */
  @Test
  void aDamagedLogIsNoLog() throws Exception {
    Histogram some = random(new Random(4), new Histogram(3), 50);
    write(writer -> writer.outputIntervalHistogram(0, 1, some));
    // Without the padding of base64, which has nothing of the histogram.
    String whole = Files.readString(file).strip().replaceAll("=+$", "");
    int start = whole.lastIndexOf('\n') + 2;
    for (int end = start; end < whole.length(); end++) {
      Files.writeString(file, whole.substring(0, end));
      assertDamaged("cut off at " + end);
    }
    for (int at = whole.lastIndexOf(',') + 1; at < whole.length() - 1; at++) {
      char other = whole.charAt(at) == 'B' ? 'C' : 'B';
      Files.writeString(file, whole.substring(0, at) + other + whole.substring(at + 1));
      assertDamaged("another character at " + at);
    }
  }

  private void assertDamaged(String what) {
    String said =
        assertThrows(HistogramLog.UnusableException.class, log::figures, what).getMessage();
    assertTrue(
        said.startsWith("--histogram get: " + file + ": line 5 is damaged or cut off (")
            && said.endsWith("), so the latencies are not known."),
        what + ": " + said);
  }

  @Test
  void aLogThatTheLoadHasNotWrittenIsNamed() throws Exception {
    assertUnusable("the load has not written this file");
    Files.createDirectory(file);
    assertUnusable("the load has not written this file");
    Files.delete(file);
    write(writer -> writer.outputIntervalHistogram(0, 1, new Histogram(3)));
    assertUnusable("there are no values in it");
    log = HistogramLog.parse("get=" + file).await();
    assertUnusable("it is as it was before the load");
  }

  @Test
  void aLogOfSeveralRunsIsNone() throws Exception {
    write(
        writer -> {
          writer.outputIntervalHistogram(0, 1, random(new Random(5), new Histogram(3), 9));
          writer.outputLogFormatVersion();
        });
    assertUnusable("a second log begins in line 6; let the load write it anew");
  }

  private void assertUnusable(String why) {
    String said = assertThrows(HistogramLog.UnusableException.class, log::figures).getMessage();
    assertTrue(said.contains(": " + why + ", so"), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "get", "=x", "get=", "get:s=x", "+get=x"})
  void anOptionOfAnotherFormIsOneSentence(String text) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> HistogramLog.parse(text)).getMessage();
    assertTrue(said.startsWith("--histogram ") && said.endsWith("."), said);
  }
}
