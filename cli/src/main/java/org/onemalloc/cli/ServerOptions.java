package org.onemalloc.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.server.FigurePattern;
import org.onemalloc.compare.server.HistogramLog;
import org.onemalloc.compare.server.Readiness;
import org.onemalloc.compare.server.ServerLoad;
import org.onemalloc.compare.server.ServerWords;
import picocli.CommandLine.Option;

/** The options of {@code compare} and {@code tune} for a server under load. */
final class ServerOptions {
  /** Numbers of signal(7) that are the same on x86-64 and aarch64. */
  private static final Map<String, Integer> SIGNALS =
      Map.of("HUP", 1, "INT", 2, "QUIT", 3, "KILL", 9, "USR1", 10, "USR2", 12, "TERM", 15);

  /** A day. */
  private static final int MOST_SECONDS = 86_400;

  private static final Duration LONGEST = Duration.ofDays(100);

  @Option(
      names = "--server",
      paramLabel = "CMD",
      description =
          "The server, as one word: a program and its arguments, or a command of the shell. It must"
              + " stay in the foreground or leave its processes running.")
  private String server;

  @Option(
      names = "--ready",
      paramLabel = "SIGN",
      description =
          "When the server can be used: tcp:HOST:PORT accepts a connection, http:URL answers with a"
              + " status below 400, or a line of the server's output matches log:PATTERN.")
  private String ready;

  @Option(
      names = "--ready-within",
      paramLabel = "S",
      defaultValue = "60",
      description = "Seconds that the server has until it is ready (default: 60).")
  private long within;

  @Option(
      names = "--before",
      paramLabel = "CMD",
      description = "A command of the shell that is run before each start of the server.")
  private String before;

  @Option(
      names = "--load",
      paramLabel = "CMD",
      description =
          "A command of the shell that uses the server and ends. A run whose load fails does not"
              + " count.")
  private String load;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description =
          "Repeat the load until it has run for this time, such as 90s, 10m or 2h, and say whether"
              + " memory still grows. Figures are the means over the repetitions.")
  private String length;

  @Option(
      names = "--figure",
      paramLabel = "NAME[:UNIT]=PATTERN",
      description =
          "A number in the load's output: the first group of the last match of the regular"
              + " expression. Lower is better, unless NAME ends in /s. A run without it does not"
              + " count.")
  private List<String> figures = new ArrayList<>();

  @Option(
      names = "--higher",
      paramLabel = "NAME",
      description = "A --figure for which higher is better.")
  private Set<String> higher = Set.of();

  @Option(
      names = "--histogram",
      paramLabel = "NAME[:UNIT]=FILE",
      description =
          "Latencies in a log of HdrHistogram, which each load writes anew to FILE: percentiles in ms."
              + " UNIT is that of its values: ns (the default), us or ms. A run without it does not"
              + " count.")
  private List<String> histograms = new ArrayList<>();

  @Option(
      names = "--stop",
      paramLabel = "SIGNAL",
      defaultValue = "TERM",
      description = "The signal that ends the server (default: TERM).")
  private String stop;

  @Option(
      names = "--rest",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "Seconds that the server rests after the load; the memory at their end is that when idle"
              + " (default: 0).")
  private double rest;

  /** Returns the words of the server, or the given command if there is none. */
  List<String> command(List<String> given) {
    if (server == null) {
      return given;
    }
    if (!given.isEmpty()) {
      throw new UsageException("--server and a command are given: name the server once.");
    }
    List<String> words = ServerWords.of(server);
    if (words.isEmpty()) {
      throw new UsageException("--server is empty: name the program that is the server.");
    }
    return words;
  }

  /** Returns how the server is used; empty if the command is no server. */
  Optional<ServerLoad> load() {
    if (load == null) {
      if (server != null
          || ready != null
          || before != null
          || length != null
          || !figures.isEmpty()
          || !histograms.isEmpty()) {
        throw new UsageException(
            "--server, --ready, --before, --for, --figure and --histogram need --load, the command"
                + " that uses the server.");
      }
      return Optional.empty();
    }
    if (ready == null) {
      throw new UsageException(
          "--load needs --ready, which says when the server can be used: tcp:HOST:PORT, http:URL or"
              + " log:PATTERN.");
    }
    // A negated condition, so that it does not hold for NaN.
    if (within < 1 || within > MOST_SECONDS || !(rest >= 0 && rest <= MOST_SECONDS)) {
      throw new UsageException(
          "--ready-within must be from 1 to %1$d, and --rest from 0 to %1$d."
              .formatted(MOST_SECONDS));
    }
    try {
      return Optional.of(
          new ServerLoad(
              Readiness.parse(ready),
              Duration.ofSeconds(within),
              Optional.ofNullable(before),
              load,
              length(),
              signal(),
              Duration.ofMillis((long) (rest * 1000)),
              patterns(),
              histograms.stream().map(HistogramLog::parse).toList()));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  private Duration length() {
    if (length == null) {
      return Duration.ZERO;
    }
    try {
      Duration parsed = Duration.parse("PT" + length.toUpperCase(Locale.ROOT));
      if (!parsed.isNegative() && parsed.compareTo(LONGEST) <= 0) {
        return parsed;
      }
    } catch (DateTimeParseException e) {
      // The same sentence as for a time out of range.
    }
    throw new UsageException("--for " + length + " is not a time such as 90s, 10m or 2h30m.");
  }

  private List<FigurePattern> patterns() {
    List<FigurePattern> patterns = figures.stream().map(FigurePattern::parse).toList();
    for (String name : higher) {
      if (patterns.stream().noneMatch(pattern -> pattern.name().equals(name))) {
        throw new UsageException("--higher " + name + " names no --figure.");
      }
    }
    return patterns.stream()
        .map(p -> higher.contains(p.name()) ? p.withHigherIsBetter() : p)
        .toList();
  }

  private int signal() {
    String name = stop.toUpperCase(Locale.ROOT);
    Integer number = SIGNALS.get(name.startsWith("SIG") ? name.substring("SIG".length()) : name);
    if (number == null) {
      throw new UsageException(
          "--stop " + stop + " is not one of TERM, INT, QUIT, HUP, USR1, USR2 and KILL.");
    }
    return number;
  }
}
