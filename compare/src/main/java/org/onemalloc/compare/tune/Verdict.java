package org.onemalloc.compare.tune;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.tune.TuneResult.End;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.TuneResult.Limit;

/**
 * What a tuning recommends, judged by the fresh runs alone.
 *
 * @param text one or two sentences
 * @param usable whether there is a profile to use: the race chose a candidate, and the fresh runs
 *     show neither that it is worse than the baseline nor that it breaks a constraint
 * @param sound whether the tuning was finished, and every fresh run of the choice and the baseline
 *     counts
 */
public record Verdict(String text, boolean usable, boolean sound) {

  /**
   * Judges a tuning.
   *
   * @param result the result
   * @return the verdict
   */
  public static Verdict of(TuneResult result) {
    if (result.end() == End.FAILED) {
      return none("Nothing was found: " + String.join(" ", result.notes()));
    }
    if (result.end() == End.INTERRUPTED || result.winner().isEmpty()) {
      return none(
          "Not finished: %d runs are in %s, and the same command goes on from there."
              .formatted(result.runs(), result.request().state()));
    }
    Entry winner = result.winner().get();
    String name = winner.candidate().name();
    String goal = "the least " + result.request().least();
    boolean sound = sound(winner) && sound(result.baseline());
    if (winner.equals(result.baseline())) {
      return new Verdict(
          "Stay with %s: for %s, no candidate was better by 2 %% or more%s."
              .formatted(name, goal, within(result)),
          !name.equals(Candidates.SHIPPED), // no profile says "no change"
          sound);
    }
    Bounds ratio = winner.freshRatios().get(result.goal());
    if (ratio == null) {
      return none("No verdict on " + name + ": its fresh runs, or the baseline's, do not count.");
    }
    List<String> broken = broken(result, winner);
    if (!broken.isEmpty()) {
      return none(
          "No profile: the race chose %s, and the fresh runs show that it breaks %s. More runs make the choice surer."
              .formatted(name, String.join(" and ", broken)));
    }
    String baseline = result.baseline().candidate().name();
    Bounds cost = cost(result.goal(), ratio);
    if (cost.low() > 1) {
      return none(
          "No profile: the race chose %s for %s, and the fresh runs show that it is worse than %s (%s). More runs make the choice surer."
              .formatted(name, goal, baseline, interval(ratio)));
    }
    if (cost.high() >= 1) {
      return new Verdict(
          "%s was the best of the race for %s, but the fresh runs do not show that it is better than %s (%s): more runs would decide it."
              .formatted(name, goal, baseline, interval(ratio)),
          true,
          sound);
    }
    return new Verdict(
        "For %s%s take %s: %s %% %s than %s (%s)%s.%s"
            .formatted(
                goal,
                within(result),
                name,
                Percent.size(ratio.estimate() - 1),
                result.goal().change(ratio.estimate() < 1),
                baseline,
                interval(ratio),
                price(result, winner),
                open(result, winner)),
        true,
        sound);
  }

  private static Verdict none(String text) {
    return new Verdict(text, false, false);
  }

  private static boolean sound(Entry entry) {
    return !entry.fresh().isEmpty() && entry.fresh().stream().allMatch(Trial::counts);
  }

  private static String within(TuneResult result) {
    List<String> limits = result.limits().stream().map(limit -> limit.constraint().text()).toList();
    return limits.isEmpty() ? "" : " within " + String.join(" and ", limits);
  }

  /** Returns the limits that a candidate was shown to break in the fresh runs. */
  private static List<String> broken(TuneResult result, Entry winner) {
    List<String> broken = new ArrayList<>();
    for (Limit limit : result.limits()) {
      Bounds ratio = winner.freshRatios().get(limit.figure());
      if (ratio != null && cost(limit.figure(), ratio).low() > limit.most()) {
        broken.add("%s (%s)".formatted(limit.constraint().text(), interval(ratio)));
      }
    }
    return broken;
  }

  /** Returns a sentence if the fresh runs leave it open whether a limit is kept. */
  private static String open(TuneResult result, Entry winner) {
    List<String> open = new ArrayList<>();
    for (Limit limit : result.limits()) {
      Bounds ratio = winner.freshRatios().get(limit.figure());
      if (ratio == null || cost(limit.figure(), ratio).high() > limit.most()) {
        open.add(limit.constraint().text());
      }
    }
    return open.isEmpty()
        ? ""
        : " The intervals do not show that it keeps " + String.join(" and ", open) + ".";
  }

  /** Returns the changes of the figures with a limit, or else of CPU time. */
  private static String price(TuneResult result, Entry winner) {
    List<Figure> figures =
        result.limits().isEmpty()
            ? List.of(Figure.CPU)
            : result.limits().stream().map(Limit::figure).toList();
    StringBuilder price = new StringBuilder();
    for (Figure figure : figures) {
      Bounds ratio = winner.freshRatios().get(figure);
      if (ratio != null && !figure.equals(result.goal())) {
        price.append("; ").append(figure.label()).append(' ');
        price.append(Percent.change(ratio.estimate())).append(" % (");
        price.append(interval(ratio)).append(')');
      }
    }
    return price.toString();
  }

  /** Returns a ratio as one of costs. */
  private static Bounds cost(Figure figure, Bounds ratio) {
    return figure.higherIsBetter()
        ? new Bounds(1 / ratio.estimate(), 1 / ratio.high(), 1 / ratio.low())
        : ratio;
  }

  private static String interval(Bounds ratio) {
    return Percent.change(ratio.low()) + " … " + Percent.change(ratio.high()) + " %";
  }
}
