package org.onemalloc.compare.report;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;

/**
 * The HTML page. One file: styles, script and pictures are in it ({@link PageFrame}). The script
 * only adds values under the pointer and copy buttons; the page is complete without it.
 *
 * <p>Order: what to do, the verdicts, the charts, the numbers, the commands, the method.
 */
final class Page {
  private static final Box WIDE = new Box(1000, 330, 10, 150, 24, 52);
  private static final Box NARROW = new Box(400, 300, 10, 126, 24, 48);
  private static final Box SMALL = new Box(330, 170, 8, 10, 22, 48);

  private final Judgement judgement;
  private final Comparison comparison;
  private final StringBuilder html = new StringBuilder();

  Page(Judgement judgement) {
    this.judgement = judgement;
    this.comparison = judgement.comparison();
  }

  String html() {
    head();
    verdicts();
    memory();
    figures();
    table();
    commands();
    html.append(new Method(judgement).html());
    html.append(PageFrame.close());
    return html.toString();
  }

  private void head() {
    String command = Shell.line(comparison.command());
    html.append(PageFrame.open("onemalloc compare", command, comparison.started(), ""));
    comparison
        .load()
        .ifPresent(
            load ->
                html.append("<p class=\"meta\">under <code>")
                    .append(Html.escape(load))
                    .append("</code></p>\n"));
    html.append("<p class=\"lead\">").append(Html.sentence(judgement.recommendation().text()));
    html.append("</p>\n<p class=\"meta\">")
        .append(Html.sentence(Words.rounds(judgement)))
        .append("; ");
    html.append(Html.escape(Words.machine(comparison.machine()))).append("</p>\n</header>\n");
    advice();
  }

  private void advice() {
    List<Advice> steps = Advice.of(judgement);
    if (steps.isEmpty()) {
      return;
    }
    html.append("<section aria-labelledby=\"now\"><h2 id=\"now\">What to do now</h2>\n");
    steps.forEach(step -> command(step.title(), "", step.text()));
    html.append("</section>\n");
  }

  private void verdicts() {
    html.append("<section aria-labelledby=\"verdicts\"><h2 id=\"verdicts\">Verdicts</h2>\n<dl>\n");
    List<VariantJudgement> variants = judgement.variants();
    for (int i = 0; i < variants.size(); i++) {
      VariantJudgement variant = variants.get(i);
      html.append("<div class=\"").append(Palette.of(i)).append("\"><dt><i class=\"swatch\"></i>");
      html.append(Html.escape(variant.variant().name())).append("</dt><dd>");
      html.append(Html.sentence(variant.verdict()));
      for (String problem : variant.problems()) {
        html.append("<pre class=\"problem\">").append(Html.escape(problem)).append("</pre>");
      }
      html.append("</dd></div>\n");
    }
    html.append("</dl>\n");
    List<String> notes = new ArrayList<>(comparison.notes());
    notes.addAll(judgement.notes());
    if (!judgement.undecided().isEmpty()) {
      notes.add("Undecided: " + String.join(", ", judgement.undecided()) + ".");
    }
    for (String note : notes) {
      html.append("<p class=\"note\">").append(Html.sentence(note)).append("</p>\n");
    }
    html.append("</section>\n");
  }

  private void memory() {
    TimeChart chart = new TimeChart(judgement);
    if (chart.isEmpty()) {
      return;
    }
    html.append("<section aria-labelledby=\"memory\"><h2 id=\"memory\">Memory over time</h2>\n");
    html.append("<p>The median run of each variant. Lower is better.</p>\n");
    html.append("<figure class=\"wide\">")
        .append(chart.overview("overview", WIDE))
        .append("</figure>\n");
    html.append("<figure class=\"narrow\">").append(chart.overview("overview-narrow", NARROW));
    html.append("</figure>\n<p>Every run; the median run is bold, the baseline is grey.</p>\n");
    html.append("<div class=\"grid small\">\n");
    for (int i = 0; i < judgement.variants().size(); i++) {
      html.append("<figure class=\"")
          .append(Palette.of(i))
          .append("\"><figcaption><i class=\"swatch\"></i>");
      html.append(Html.escape(judgement.variants().get(i).variant().name()))
          .append("</figcaption>");
      html.append(chart.small(i, SMALL)).append("</figure>\n");
    }
    html.append("</div>\n</section>\n");
  }

  private void figures() {
    List<Figure> figures = judgement.measured();
    if (figures.isEmpty()) {
      return;
    }
    html.append(
        "<section aria-labelledby=\"figures\"><h2 id=\"figures\">Every run, every figure</h2>\n");
    html.append(
        "<p>Each dot is a run, the tick is the median, the band is the 95&nbsp;% interval"
            + " of the ");
    html.append("change, and the dashed line is the baseline. Axes need not start at zero.</p>\n");
    html.append("<div class=\"grid dots\">\n");
    for (Figure figure : figures) {
      String unit = Html.escape(figure.unit());
      html.append("<figure><figcaption>").append(Html.escape(figure.label()));
      html.append(unit.isEmpty() ? "" : " <small>" + unit + "</small>").append("</figcaption>");
      html.append(new DotChart(judgement, figure).svg()).append("</figure>\n");
    }
    html.append("</div>\n</section>\n");
  }

  private void table() {
    html.append("<section aria-labelledby=\"table\"><h2 id=\"table\">The numbers</h2>\n");
    html.append("<p>Median ± the farthest run; below it the change with its 95&nbsp;% interval, ");
    html.append("≈ where no difference was found. MB is 2<sup>20</sup> bytes.</p>\n");
    html.append(new HtmlTable(judgement).html());
    html.append(new AccountTable(judgement).html()).append("</section>\n");
  }

  private void commands() {
    html.append("<section aria-labelledby=\"commands\"><h2 id=\"commands\">The commands</h2>\n");
    html.append("<p>The exact commands; each line repeats one run by hand.</p>\n");
    for (VariantJudgement variant : judgement.variants()) {
      command(
          variant.variant().name(), variant.variant().allocator(), Shell.line(variant.variant()));
    }
    command("the whole comparison", "", Shell.line(comparison.reproduce()));
    html.append("</section>\n");
  }

  private void command(String name, String detail, String line) {
    html.append("<div class=\"command\"><h3>").append(Html.escape(name));
    html.append(" <small>").append(Html.escape(detail)).append("</small></h3><pre><code>");
    html.append(Html.escape(line)).append("</code></pre></div>\n");
  }
}
