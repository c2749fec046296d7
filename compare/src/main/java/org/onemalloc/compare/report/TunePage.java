package org.onemalloc.compare.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.Verdict;
import org.onemalloc.text.Html;

/** The page of a tuning: what to do, the trade-off, the fresh runs, every candidate, the method. */
final class TunePage {
  private static final String STYLES =
      """
      .front { fill: none; stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 5 4; stroke-opacity: .7 }
      .dropped circle { fill: var(--paper); stroke: var(--c); stroke-width: 1.6; fill-opacity: 1 }
      .row .chosen { fill: none; stroke: var(--ink); stroke-width: 1.8 }
      td.text { text-align: left; white-space: normal; min-width: 15rem }
      tr.chosen th, tr.chosen td { font-weight: 600 }
      """;

  private final TuneResult result;
  private final Optional<Path> profile;
  private final TradeOffChart chart;
  private final StringBuilder html = new StringBuilder();

  TunePage(TuneResult result, Optional<Path> profile) {
    this.result = result;
    this.profile = profile;
    this.chart = new TradeOffChart(result);
  }

  String html() {
    String command = Shell.line(result.request().measured().command());
    html.append(PageFrame.open("onemalloc tune", command, result.started(), STYLES));
    html.append("<p class=\"lead\">").append(Html.sentence(Verdict.of(result).text()));
    html.append("</p>\n<p class=\"meta\">").append(Html.escape(TuneWords.asked(result)));
    html.append("; ").append(Html.escape(TuneWords.measured(result))).append("; ");
    html.append(Html.escape(Words.machine(result.machine()))).append("</p>\n</header>\n");
    advice();
    tradeOff();
    fresh();
    race();
    method();
    return html.append(PageFrame.close()).toString();
  }

  private void section(String id, String title) {
    html.append(
        "<section aria-labelledby=\"%1$s\"><h2 id=\"%1$s\">%2$s</h2>%n".formatted(id, title));
  }

  private void advice() {
    List<Advice> steps = TuneAdvice.of(result, profile);
    if (steps.isEmpty()) {
      return;
    }
    section("now", "What to do now");
    for (Advice step : steps) {
      html.append("<div class=\"command\"><h3>").append(Html.escape(step.title()));
      html.append("</h3><pre><code>").append(Html.escape(step.text()));
      html.append("</code></pre></div>\n");
    }
    html.append("</section>\n");
  }

  private void tradeOff() {
    if (chart.isEmpty()) {
      return;
    }
    String figure = Html.escape(chart.upwards().label());
    section("trade", "What memory costs");
    html.append("<p>Every candidate: ").append(figure);
    html.append(" upwards, CPU time to the right, both relative to ");
    html.append(Html.escape(result.baseline().candidate().name()));
    html.append(". On the dashed line is the front: what no other candidate beats in both. ");
    html.append(
        "Full dots were left at the end of the race, and the ring is the choice. Points of ");
    html.append("candidates with fresh runs are from these.</p>\n<figure>");
    html.append(chart.svg()).append("</figure>\n</section>\n");
  }

  private void fresh() {
    List<Entry> finalists = TuneWords.finalists(result);
    if (finalists.isEmpty()) {
      return;
    }
    section("fresh", "The fresh runs");
    html.append(
        "<p>These runs were made after the race and were not used to choose. Medians, and ");
    html.append(
        "changes against the baseline with their 95&nbsp;% intervals. MB is 2<sup>20</sup> ");
    html.append("bytes.</p>\n<div class=\"scroll\"><table><thead><tr><th></th>");
    for (Figure figure : result.figures()) {
      html.append("<th>").append(Html.escape((figure.column() + " " + figure.unit()).strip()));
      html.append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    for (Entry entry : finalists) {
      row(entry);
      for (Figure figure : result.figures()) {
        OptionalDouble median = TuneWords.median(entry.fresh(), figure);
        html.append("<td>");
        median.ifPresent(value -> html.append(Html.escape(Units.text(figure, value))));
        if (!entry.equals(result.baseline())) {
          html.append("<br><small>");
          html.append(TuneWords.change(Optional.ofNullable(entry.freshRatios().get(figure))));
          html.append("</small>");
        }
        html.append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n</section>\n");
  }

  private void row(Entry entry) {
    boolean chosen = result.winner().filter(entry::equals).isPresent();
    html.append(chosen ? "<tr class=\"chosen\">" : "<tr>").append("<th>");
    html.append(TuneWords.mark(entry)).append(' ');
    html.append(Html.escape(entry.candidate().name())).append("</th>");
  }

  private void race() {
    section("race", "Every candidate");
    html.append("<p>Changes against the baseline in the race, over the rounds that each has run. ");
    html.append(
        "These runs were used to choose: the best of them look better than they are.</p>\n");
    html.append("<div class=\"scroll\"><table><thead><tr><th></th><th>runs</th>");
    for (Figure figure : result.figures()) {
      html.append("<th>").append(Html.escape(figure.column())).append("</th>");
    }
    html.append("<th>settings</th><th>where it ended</th></tr></thead><tbody>\n");
    List<Entry> front = chart.front();
    for (Entry entry : result.entries()) {
      row(entry);
      html.append("<td>").append(entry.race().size()).append("</td>");
      for (Figure figure : result.figures()) {
        Bounds ratio = entry.equals(result.baseline()) ? null : entry.raceRatios().get(figure);
        html.append("<td>");
        html.append(ratio == null ? "" : Percent.change(ratio.estimate()) + "&nbsp;%");
        html.append("</td>");
      }
      html.append("<td class=\"text\"><code>").append(Html.escape(entry.candidate().settings()));
      html.append("</code></td><td class=\"text\">");
      html.append(Html.escape(TuneWords.ended(result, entry)));
      html.append(front.contains(entry) ? ", on the front" : "").append("</td></tr>\n");
    }
    html.append("</tbody></table></div>\n");
    result
        .notes()
        .forEach(
            note -> html.append("<p class=\"note\">").append(Html.sentence(note)).append("</p>\n"));
    html.append("</section>\n");
  }

  private void method() {
    section("method", "How it was found");
    html.append("<p>Each round of the race runs every candidate that is left once, in random ");
    html.append("order. After each round, from the third on, a candidate is dropped that is ");
    html.append("shown to be worse than another one, or to break a constraint. The error rate of ");
    html.append("5&nbsp;% for the whole race is divided among all tests that could drop the best ");
    html.append("candidate and among all looks, so that it is dropped in at most one race of ");
    html.append("twenty. The race ends when nobody who is left can be better than the leader by ");
    html.append(
        "2&nbsp;% or when the budget is used; of candidates within 2&nbsp;% the simplest is ");
    html.append(
        "chosen. Every run is measured and proven as by <code>onemalloc compare</code>; runs ");
    html.append("that are not proven do not count.</p>\n");
    for (Entry entry : TuneWords.finalists(result)) {
      html.append("<div class=\"command\"><h3>").append(Html.escape(entry.candidate().name()));
      html.append("</h3><pre><code>");
      html.append(Html.escape(Shell.line(entry.candidate().variant())));
      html.append("</code></pre></div>\n");
    }
    html.append("<div class=\"command\"><h3>the whole tuning</h3><pre><code>");
    html.append(Html.escape(Shell.line(result.request().measured().reproduce())));
    html.append("</code></pre></div>\n</section>\n");
  }
}
