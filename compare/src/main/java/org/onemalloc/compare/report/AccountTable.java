package org.onemalloc.compare.report;

import java.util.List;
import java.util.OptionalLong;
import org.onemalloc.compare.AllocatorStatistics;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;

/** The allocators' own statistics at the exit of the program, where they have any. */
final class AccountTable {
  private final List<VariantJudgement> telling;

  AccountTable(Judgement judgement) {
    telling = judgement.variants().stream().filter(v -> !accounts(v).isEmpty()).toList();
  }

  /** Returns the content of the section; empty if no allocator has statistics. */
  String html() {
    if (telling.isEmpty()) {
      return "";
    }
    StringBuilder html = new StringBuilder();
    html.append(
        "<h3>The allocators' own statistics</h3>\n<p>At exit, the median of the runs, in MB. ");
    html.append(
        "Active: pages with at least one block. Retained: free, but not returned to the"
            + " system.</p>\n");
    html.append("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Accounts\">");
    html.append("<table><thead><tr><th scope=\"col\">variant</th>");
    for (String column : List.of("allocated", "active", "resident", "retained", "source")) {
      html.append("<th scope=\"col\">").append(column).append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    telling.forEach(variant -> row(variant, html));
    return html.append("</tbody></table></div>\n").toString();
  }

  private static void row(VariantJudgement variant, StringBuilder html) {
    List<AllocatorStatistics> accounts = accounts(variant);
    html.append("<tr><th scope=\"row\">").append(Html.escape(variant.variant().name()));
    html.append("</th>");
    cell(accounts.stream().map(AllocatorStatistics::allocatedBytes).toList(), html);
    cell(accounts.stream().map(AllocatorStatistics::activeBytes).toList(), html);
    cell(accounts.stream().map(AllocatorStatistics::residentBytes).toList(), html);
    cell(accounts.stream().map(AllocatorStatistics::retainedBytes).toList(), html);
    html.append("<td>").append(Html.escape(accounts.getFirst().source())).append("</td></tr>\n");
  }

  private static void cell(List<OptionalLong> told, StringBuilder html) {
    long[] sorted = told.stream().flatMapToLong(OptionalLong::stream).sorted().toArray();
    html.append("<td>");
    if (sorted.length > 0) {
      html.append(Math.round(sorted[sorted.length / 2] / 1048576.0));
    }
    html.append("</td>");
  }

  private static List<AllocatorStatistics> accounts(VariantJudgement variant) {
    return variant.counted().stream().flatMap((Run run) -> run.statistics().stream()).toList();
  }
}
