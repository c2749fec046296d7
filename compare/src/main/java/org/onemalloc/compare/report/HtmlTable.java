package org.onemalloc.compare.report;

import java.util.List;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.Percent;
import org.onemalloc.compare.judge.Summary;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;

/** Every figure of every variant as an HTML table. */
final class HtmlTable {
  private final Judgement judgement;
  private final List<Figure> figures;

  HtmlTable(Judgement judgement) {
    this.judgement = judgement;
    this.figures = judgement.measured();
  }

  String html() {
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"All figures\">");
    html.append("<table><thead><tr><th scope=\"col\">variant</th>");
    for (Figure figure : figures) {
      html.append("<th scope=\"col\">").append(Html.escape(figure.column()));
      html.append(" <small>").append(Html.escape(figure.unit())).append("</small></th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    judgement.variants().forEach(variant -> row(variant, html));
    return html.append("</tbody></table></div>\n").toString();
  }

  private void row(VariantJudgement variant, StringBuilder html) {
    html.append("<tr><th scope=\"row\">");
    html.append(Html.escape(variant.variant().name())).append("<br><small class=\"");
    html.append(Words.look(variant.mark())).append("\">").append(Words.mark(variant.mark()));
    html.append(' ').append(Words.proof(variant)).append("</small></th>");
    if (variant.figures().isEmpty()) {
      html.append("<td class=\"none\" colspan=\"")
          .append(figures.size())
          .append("\">no figure counts</td>");
    } else {
      figures.forEach(figure -> html.append(cell(figure, variant.figures().get(figure))));
    }
    html.append("</tr>\n");
  }

  private static String cell(Figure figure, Summary summary) {
    if (summary == null) {
      return "<td></td>";
    }
    StringBuilder cell = new StringBuilder("<td>").append(Units.text(figure, summary.median()));
    if (summary.runs() > 1) {
      cell.append(" <small>±").append(Percent.size(summary.spread())).append("%</small>");
    }
    summary
        .ratio()
        .ifPresent(
            ratio -> {
              cell.append("<br><span class=\"")
                  .append(DotChart.look(figure, summary))
                  .append("\">");
              cell.append(DotChart.change(summary)).append("</span>");
              if (figure.judged()) {
                cell.append(" <small>").append(Percent.range(ratio)).append("</small>");
              }
            });
    return cell.append("</td>").toString();
  }
}
