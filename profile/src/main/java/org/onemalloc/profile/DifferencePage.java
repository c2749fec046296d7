package org.onemalloc.profile;

import java.util.Locale;
import java.util.function.ToLongFunction;
import org.onemalloc.text.Html;
import org.onemalloc.text.Stylesheet;

/** Writes a difference as one self-contained HTML file: the parts, then the two flame graphs. */
final class DifferencePage {
  private final Difference difference;
  private final StringBuilder html = new StringBuilder();

  private DifferencePage(Difference difference) {
    this.difference = difference;
  }

  static String of(Difference difference) {
    return new DifferencePage(difference).html();
  }

  private String html() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<title>onemalloc profile: a difference</title>\n<style>\n");
    html.append(Stylesheet.text());
    html.append(Stylesheet.resource(DifferencePage.class, "difference.css"));
    html.append("</style>\n</head>\n<body>\n<main>\n<p class=\"eyebrow\">onemalloc profile</p>\n");
    html.append("<h1><code>").append(Html.escape(difference.after().subject()));
    html.append("</code> after <code>").append(Html.escape(difference.before().subject()));
    html.append("</code></h1>\n<p class=\"lead\">");
    html.append(Html.escape(DifferenceTable.sentence(difference)).replace(" MB", "&nbsp;MB"));
    html.append("</p>\n");
    parts();
    graph("Allocated", site -> site.allocated);
    graph("Not freed", site -> site.live);
    note(DifferenceTable.lengths(difference));
    note(ProfileTable.sampling(difference.before().every(), difference.after().every()));
    note(Records.NOT_SEEN);
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void parts() {
    String unit = difference.perSecond() ? " / s" : "";
    html.append("<section><h2>Parts</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Part</th>");
    for (String what : new String[] {"Allocated", "Not freed"}) {
      html.append("<th>%s before</th><th>after</th><th>difference%s</th>".formatted(what, unit));
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (Difference.Change change : difference.changes()) {
      html.append("<tr><th>").append(Html.escape(change.name())).append("</th>");
      numbers(change.before().allocated(), change.after().allocated(), difference.growth(change));
      numbers(change.before().live(), change.after().live(), difference.liveGrowth(change));
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n</section>\n");
  }

  private void numbers(long before, long after, double growth) {
    String changed = growth > 0 ? "grew" : growth < 0 ? "shrank" : "same";
    html.append("<td>").append(ProfileTable.bytes(before)).append("</td><td>");
    html.append(ProfileTable.bytes(after)).append("</td>");
    html.append("<td class=\"%s\">".formatted(changed));
    html.append(String.format(Locale.ROOT, "%+.2f&nbsp;MB</td>", growth / (1 << 20)));
  }

  private void graph(String heading, ToLongFunction<Recording.Site> bytes) {
    html.append("<section><h2>").append(heading).append("</h2>\n");
    html.append("<p>Red grew, blue shrank. A frame is as wide as the larger of before and after;");
    html.append(" it shows its figures under the pointer.</p>\n");
    html.append(DifferenceGraph.of(difference, bytes)).append("</section>\n");
  }

  private void note(String sentence) {
    html.append("<p class=\"note\">").append(Html.escape(sentence)).append("</p>\n");
  }
}
