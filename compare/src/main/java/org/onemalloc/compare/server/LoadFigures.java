package org.onemalloc.compare.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Figures in the output of well-known load generators: redis-benchmark, pgbench, ab, wrk and wrk2,
 * Kafka's ProducerPerformance and ConsumerPerformance, JMH, and the percentiles that HdrHistogram
 * prints. If a figure is printed more than once, the last one counts.
 *
 * <p>The output is read line by line, and long lines are ignored, so that the time for it is
 * proportional to its length whatever a load prints.
 */
final class LoadFigures {
  private static final String NUMBER = "([0-9]+(?:\\.[0-9]+)?)";

  /** No line with a figure is longer. */
  private static final int LONGEST = 1000;

  /** A figure beyond it, of whatever unit, is not one. */
  private static final double LARGEST = 1e30;

  /** redis-benchmark begins the same line again and again. */
  private static final Pattern END_OF_LINE = Pattern.compile("[\\r\\n]");

  /** One figure in a line of its own. */
  private record Line(String name, String unit, Pattern pattern) {
    Line(String name, String unit, String pattern) {
      this(name, unit, Pattern.compile(pattern));
    }
  }

  private static final List<Line> LINES =
      List.of(
          new Line("transactions/s", "", "^tps = " + NUMBER), // pgbench
          new Line("mean latency", "ms", "^latency average = " + NUMBER + " ms"),
          new Line("requests/s", "", "^Requests per second: +" + NUMBER), // ab
          new Line("p99", "ms", "^ +99% +([0-9]+)$"),
          new Line("requests/s", "", "^Requests/sec: +" + NUMBER), // wrk
          new Line("p99", "", "^ *" + NUMBER + " +0\\.990000000000 +[0-9]+ "), // HdrHistogram
          new Line("records/s", "", "records sent, " + NUMBER + " records/sec"), // Kafka
          new Line("p99", "ms", "records sent, .* " + NUMBER + " ms 99th"));

  /** They follow the rates, of which one at least stands in the table of a terminal. */
  private static final Set<String> LATENCIES = Set.of("mean latency", "p99");

  /** wrk and wrk2 print a percentile in the unit that fits it. */
  private static final Pattern WRK =
      Pattern.compile("^ +99(?:\\.000)?% +" + NUMBER + "(us|ms|s|m)$");

  private static final Map<String, Double> MILLIS =
      Map.of("us", 1e-3, "ms", 1.0, "s", 1e3, "m", 6e4);

  /** A test of redis-benchmark, with {@code -q} and with {@code --csv}. */
  private static final Pattern REDIS_QUIET =
      Pattern.compile(
          "^ *(?! *throughput summary)([^:]+): "
              + NUMBER
              + " requests per second(?:, p50="
              + NUMBER
              + ")?");

  private static final Pattern REDIS_CSV =
      Pattern.compile(
          "^\"([^\"]+)\",\"" + NUMBER + "\"(?:(?:,\"[0-9.]+\"){4},\"" + NUMBER + "\")?");

  /** The same in full: a heading, the summary, and a table of latencies with their names above. */
  private static final Pattern REDIS_HEADING = Pattern.compile("^====== (.+) ======$");

  private static final Pattern REDIS_SUMMARY =
      Pattern.compile("throughput summary: " + NUMBER + " requests per second");

  private static final Pattern REDIS_NAMES = Pattern.compile("^ *avg +min +p50 +p95 +p99 +max *$");

  private static final Pattern REDIS_LATENCIES =
      Pattern.compile("^ *(?:[0-9.]+ +){4}" + NUMBER + " +[0-9.]+ *$");

  /** A row of JMH's table: benchmark, mode, count, score, error, unit. */
  private static final Pattern JMH =
      Pattern.compile(
          "^(\\S+) +(thrpt|avgt|sample|ss) +[0-9]* *" + NUMBER + "(?: *± *[0-9.]+)? +(\\S+/\\S+)$");

  /** The header of ConsumerPerformance. */
  private static final Pattern KAFKA_CONSUMER =
      Pattern.compile("^start\\.time, .*fetch\\.nMsg\\.sec$");

  private final Map<String, Measured> found = new LinkedHashMap<>();
  private String before = "";
  private String test = "";

  private LoadFigures() {}

  /** Returns all figures that are recognised, each name once, a rate before its latency. */
  static Collection<Measured> in(String output) {
    LoadFigures figures = new LoadFigures();
    for (String line : END_OF_LINE.split(output, -1)) {
      if (line.length() <= LONGEST) {
        figures.read(line);
        figures.before = line;
      }
    }
    return figures.found.values().stream()
        .sorted(Comparator.comparing(figure -> LATENCIES.contains(figure.name())))
        .toList();
  }

  private void read(String line) {
    for (Line known : LINES) {
      Matcher matcher = known.pattern.matcher(line);
      if (matcher.find()) {
        add(known.name, known.unit, matcher.group(1), Measured.isRate(known.name));
      }
    }
    Matcher wrk = WRK.matcher(line);
    if (wrk.find()) {
      double millis = Double.parseDouble(wrk.group(1)) * MILLIS.get(wrk.group(2));
      found.put("p99", new Measured("p99", "ms", millis, false));
    }
    redis(REDIS_QUIET, "p50", line);
    redis(REDIS_CSV, "p99", line);
    redisInFull(line);
    Matcher jmh = JMH.matcher(line);
    if (jmh.find()) {
      add(jmh.group(1), jmh.group(4), jmh.group(3), jmh.group(2).equals("thrpt"));
    }
    if (KAFKA_CONSUMER.matcher(before).find()) {
      consumer(line);
    }
  }

  private void redis(Pattern pattern, String percentile, String line) {
    Matcher matcher = pattern.matcher(line);
    if (matcher.find()) {
      String name = matcher.group(1).strip();
      add(name + "/s", "", matcher.group(2), true);
      add(name + " " + percentile, "ms", matcher.group(3), false);
    }
  }

  private void redisInFull(String line) {
    Matcher heading = REDIS_HEADING.matcher(line);
    if (heading.find()) {
      test = heading.group(1).strip();
    }
    if (test.isEmpty()) {
      return;
    }
    Matcher summary = REDIS_SUMMARY.matcher(line);
    if (summary.find()) {
      add(test + "/s", "", summary.group(1), true);
    }
    Matcher latencies = REDIS_LATENCIES.matcher(line);
    if (REDIS_NAMES.matcher(before).find() && latencies.find()) {
      add(test + " p99", "ms", latencies.group(1), false);
    }
  }

  private void consumer(String line) {
    int at = List.of(before.split(", *", -1)).indexOf("fetch.nMsg.sec");
    String[] values = line.split(", *", -1);
    if (at < values.length) {
      add("fetched/s", "", values[at], true);
    }
  }

  private void add(String name, String unit, String number, boolean higher) {
    figure(name, unit, number, higher).ifPresent(figure -> found.put(name, figure));
  }

  /**
   * Returns the figures of a file with lines {@code NAME VALUE [UNIT]}. Other lines are ignored.
   */
  static List<Measured> ofFile(String text) {
    List<Measured> figures = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("\\s+", 3);
      if (words.length >= 2) {
        figure(words[0], words.length > 2 ? words[2] : "", words[1], Measured.isRate(words[0]))
            .ifPresent(figures::add);
      }
    }
    return figures;
  }

  /** Returns a figure; empty if the text is null or not a number. */
  static Optional<Measured> figure(String name, String unit, String number, boolean higher) {
    if (number == null) {
      return Optional.empty();
    }
    try {
      double value = Double.parseDouble(number);
      return Math.abs(value) <= LARGEST // which is false for a NaN
          ? Optional.of(new Measured(name, unit, value, higher))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
