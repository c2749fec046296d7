package org.onemalloc.compare.report;

import java.util.List;
import org.onemalloc.text.Style;
import org.onemalloc.text.Text;

/** The lines of a text for a terminal of 100 columns. */
final class Sheet {
  static final int WIDTH = 100;

  /** Text beside a longer head is this wide all the same. */
  private static final int LEAST_WIDTH = 30;

  private final Style style;
  private final StringBuilder out = new StringBuilder();

  Sheet(Style style) {
    this.style = style;
  }

  void line(String text) {
    out.append(text.stripTrailing()).append('\n');
  }

  /** Adds text over several lines. */
  void wrapped(String text) {
    Text.wrap(text, WIDTH).forEach(this::line);
  }

  void bold(String text) {
    Text.wrap(text, WIDTH).forEach(part -> line(style.bold(part)));
  }

  void dim(String text) {
    Text.wrap(text, WIDTH).forEach(part -> line(style.dim(part)));
  }

  /** Adds text over several lines, all to the right of a head. */
  void hanging(String head, String text) {
    int indent = Text.length(head);
    String lead = head;
    for (String part : Text.wrap(Text.harmless(text), Math.max(LEAST_WIDTH, WIDTH - indent))) {
      line(lead + part);
      lead = " ".repeat(indent);
    }
  }

  /** Adds lines to copy, which are not wrapped. */
  void advice(List<Advice> steps) {
    if (!steps.isEmpty()) {
      line("");
      line(style.bold("What to do now"));
    }
    for (Advice step : steps) {
      line("  " + step.title() + ":");
      line("    " + Text.harmless(step.text()));
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
