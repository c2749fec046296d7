package org.onemalloc.compare.tune;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.judge.Figure;

/**
 * A limit for one figure of a candidate, relative to the baseline: {@code cpu+2%} allows two per
 * cent more CPU time.
 *
 * @param figure the name of the figure, as {@link Names} takes it
 * @param percent how much worse than the baseline it may be, 0 to 1000; where higher is better, 0
 *     to 99
 * @param less whether the limit is below the baseline, which is for a figure of which more is
 *     better
 */
public record Constraint(String figure, double percent, boolean less) {
  private static final Pattern FORM = Pattern.compile("(.+?)([+-])([0-9]{1,4}(?:\\.[0-9]{1,3})?)%");
  private static final double MOST = 1000;
  private static final double MOST_LESS = 99;

  /**
   * Parses a limit.
   *
   * @param text {@code NAME+N%}, or {@code NAME-N%} for a figure of which more is better
   * @return the limit
   * @throws CommandException if it is written in another way
   */
  public static Constraint parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw CommandException.unusable(
          "--within "
              + text
              + " is not a limit such as cpu+2%, the name of a figure and by how much it may be worse.");
    }
    double percent = Double.parseDouble(form.group(3));
    boolean less = form.group(2).equals("-");
    if (percent > (less ? MOST_LESS : MOST)) {
      throw CommandException.unusable(
          "--within %s allows too much: from 0 to %s %% is possible."
              .formatted(text, less ? "99" : "1000"));
    }
    return new Constraint(form.group(1), percent, less);
  }

  /**
   * Returns the limit as a ratio of costs, in which more is always worse.
   *
   * @param measured the figure
   * @return 1 or more
   * @throws CommandException if the sign is not the one of the figure
   */
  double limit(Figure measured) {
    if (measured.higherIsBetter() != less) {
      throw CommandException.unusable(
          "--within %s: of %s, %s is worse, so write %s%s%s%%."
              .formatted(
                  text(),
                  measured.label(),
                  less ? "more" : "less",
                  figure,
                  less ? "+" : "-",
                  number()));
    }
    return less ? 1 / (1 - percent / 100) : 1 + percent / 100;
  }

  /**
   * Returns the limit as the user writes it.
   *
   * @return {@code cpu+2%}
   */
  public String text() {
    return figure + (less ? "-" : "+") + number() + "%";
  }

  private String number() {
    String text = String.format(Locale.ROOT, "%.3f", percent);
    return text.replaceAll("\\.?0+$", "");
  }
}
