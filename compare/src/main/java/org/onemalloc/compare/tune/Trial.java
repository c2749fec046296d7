package org.onemalloc.compare.tune;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Figure;

/**
 * What is kept of one run.
 *
 * @param stage whether the run was used to choose, or to judge what was chosen
 * @param round the round of the stage, from 1
 * @param candidate the name of the candidate
 * @param mark how the run ended
 * @param nanos the time that it took, with its preparation and its end
 * @param figures the figures by their keys, in the units of {@link Figure}
 * @param reason why it does not count, one line; empty if it counts
 */
public record Trial(
    Stage stage,
    int round,
    String candidate,
    Mark mark,
    long nanos,
    Map<String, Double> figures,
    String reason) {

  /** A part of a tuning. */
  public enum Stage {
    /** The race. */
    RACE,
    /** The runs after it, which were not used to choose. */
    FRESH
  }

  /** How a run ended. */
  public enum Mark {
    /** Well, and proven. */
    PROVEN,
    /** Well, and nothing speaks against its allocator, but something was not seen. */
    PARTLY_SEEN,
    /** Well, but a check of its allocator failed. */
    UNPROVEN,
    /** Not well. */
    FAILED
  }

  private static final int FIELDS = 7;

  /** Keeps the order of the figures. */
  public Trial {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  /**
   * Returns whether the figures of the run are used.
   *
   * @return true if it ended well and nothing speaks against its allocator
   */
  public boolean counts() {
    return mark == Mark.PROVEN || mark == Mark.PARTLY_SEEN;
  }

  static Trial of(Stage stage, int round, Run run, long nanos) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Figure figure : Figure.of(List.of(run))) {
      figure.of(run).ifPresent(value -> figures.put(figure.key(), value));
    }
    Mark mark =
        !run.outcome().ok()
            ? Mark.FAILED
            : !run.counts() ? Mark.UNPROVEN : run.proof().proven() ? Mark.PROVEN : Mark.PARTLY_SEEN;
    return new Trial(stage, round, run.variant(), mark, nanos, figures, reason(run));
  }

  private static String reason(Run run) {
    if (run.counts()) {
      return "";
    }
    if (run.outcome().ok()) {
      return String.join(" ", run.proof().failures());
    }
    String message = run.outcome().message().strip();
    String last = message.lines().reduce((_, line) -> line.strip()).orElse("");
    String first = message.lines().findFirst().orElse("").strip();
    return run.outcome().judged()
        ? first
        : "exit code %d: %s".formatted(run.outcome().exitCode(), last).strip();
  }

  /** Returns one line; {@link #parse} takes it back. */
  String line() {
    List<String> all = new ArrayList<>();
    figures.forEach((key, value) -> all.add(encoded(key) + "=" + value));
    return String.join(
        "\t",
        "run",
        stage.name().toLowerCase(Locale.ROOT) + " " + round,
        encoded(candidate),
        mark.name().toLowerCase(Locale.ROOT),
        Long.toString(nanos),
        String.join(" ", all),
        encoded(reason));
  }

  /** Returns the run of a line; empty if the line is of another kind. */
  static Optional<Trial> parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS || !fields[0].equals("run")) {
      return Optional.empty();
    }
    String[] stage = fields[1].split(" ", -1);
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String figure : fields[5].isEmpty() ? new String[0] : fields[5].split(" ", -1)) {
      int equals = figure.indexOf('=');
      figures.put(
          decoded(figure.substring(0, equals)), Double.parseDouble(figure.substring(equals + 1)));
    }
    return Optional.of(
        new Trial(
            Stage.valueOf(stage[0].toUpperCase(Locale.ROOT)),
            Integer.parseInt(stage[1]),
            decoded(fields[2]),
            Mark.valueOf(fields[3].toUpperCase(Locale.ROOT)),
            Long.parseLong(fields[4]),
            figures,
            decoded(fields[6])));
  }

  /** The separators of a line, control characters and lone surrogates are not in the result. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
