package org.onemalloc.compare.server;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A figure that the user names, and where it stands in the output of the load generator.
 *
 * @param name its name
 * @param unit its unit; may be empty
 * @param pattern a regular expression whose first group is the number
 * @param higherIsBetter whether a higher number is better
 */
public record FigurePattern(String name, String unit, Pattern pattern, boolean higherIsBetter) {

  /**
   * Reads the value of {@code --figure}.
   *
   * @param text {@code NAME=PATTERN} or {@code NAME:UNIT=PATTERN}; for a name that ends in {@code
   *     /s}, higher is better
   * @return the pattern
   * @throws IllegalArgumentException if it is not of that form; the message is a sentence
   */
  public static FigurePattern parse(String text) {
    FigureName head = FigureName.parse("--figure", text, "PATTERN");
    String name = head.name();
    try {
      Pattern pattern = Pattern.compile(head.rest(), Pattern.MULTILINE);
      if (pattern.matcher("").groupCount() < 1) {
        throw new IllegalArgumentException(
            "--figure " + name + ": the pattern needs a group, in parentheses, for the number.");
      }
      return new FigurePattern(name, head.unit(), pattern, Measured.isRate(name));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "--figure "
              + name
              + ": the pattern is not a regular expression: "
              + e.getDescription()
              + ".",
          e);
    }
  }

  /**
   * Returns the same figure as one for which higher is better.
   *
   * @return the figure
   */
  public FigurePattern withHigherIsBetter() {
    return new FigurePattern(name, unit, pattern, true);
  }

  /**
   * Returns the last number that matches; empty if there is none.
   *
   * @throws BoundedText.SearchException if the pattern is not fit for the output
   */
  Optional<Measured> in(String output) {
    return BoundedText.search("--figure " + name, () -> last(BoundedText.of(output)));
  }

  private Optional<Measured> last(CharSequence output) {
    Matcher matcher = pattern.matcher(output);
    Optional<Measured> last = Optional.empty();
    while (matcher.find()) {
      Optional<Measured> found = LoadFigures.figure(name, unit, matcher.group(1), higherIsBetter);
      last = found.isPresent() ? found : last;
    }
    return last;
  }
}
