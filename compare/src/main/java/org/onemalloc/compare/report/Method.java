package org.onemalloc.compare.report;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Machine;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.text.Html;

/** The end of the page: how runs were measured, judged and proven, and on which machine. */
final class Method {
  private final Judgement judgement;
  private final StringBuilder html = new StringBuilder();

  Method(Judgement judgement) {
    this.judgement = judgement;
  }

  String html() {
    measured();
    proven();
    machine();
    return html.toString();
  }

  private void measured() {
    Comparison comparison = judgement.comparison();
    html.append(
        "<section aria-labelledby=\"method\"><h2 id=\"method\">How it was measured</h2>\n<p>");
    html.append("After one warm-up, each round runs every variant once, in a new random order ");
    html.append("(seed ").append(comparison.seed()).append("), so that slow changes of the ");
    html.append("machine affect all variants alike. Rounds run: ").append(comparison.rounds());
    html.append(" of at most ");
    html.append(comparison.roundsAsked()).append(". Time, faults and memory are those of ");
    html.append("the whole process tree; memory is sampled every ");
    html.append(Scale.label(comparison.sampleIntervalNanos() / 1e6)).append("&nbsp;ms. ");
    html.append("The curves and the mean show proportional set size (shared pages divided among ");
    html.append("their users), peak, end and idle show resident set size.</p>\n<p>");
    html.append("A change is the geometric mean of the ratios to the baseline; its interval is ");
    html.append("the 95&nbsp;% t interval of the logarithms, with the scatter of all variants ");
    html.append("together as the error (randomised blocks) where they scatter alike. The error ");
    html.append("rate is divided among the looks after rounds ").append(looks(comparison));
    html.append(", so that it holds whichever of them ends the comparison. A change is called a ");
    html.append("difference if it is 2&nbsp;% or more and significant among all figures of time ");
    html.append("and memory of all variants (Benjamini and Hochberg, 5&nbsp;%). Runs that failed ");
    html.append("or could not be proven are in no figure.</p>\n</section>\n");
  }

  private static String looks(Comparison comparison) {
    return comparison.looks().stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private void proven() {
    html.append(
        "<section aria-labelledby=\"proof\"><h2 id=\"proof\">How it was proven</h2>\n<dl>\n");
    for (VariantJudgement variant : judgement.variants()) {
      Set<String> evidence = new LinkedHashSet<>();
      variant.runs().forEach(run -> evidence.addAll(run.proof().evidence()));
      html.append("<div><dt>").append(Html.escape(variant.variant().name()));
      html.append("</dt><dd class=\"").append(Words.look(variant.mark())).append("\">");
      html.append(Words.mark(variant.mark())).append(' ').append(Words.proof(variant));
      html.append(evidence.isEmpty() ? "" : ": " + Html.sentence(String.join(" ", evidence)));
      html.append("</dd></div>\n");
    }
    html.append("</dl>\n</section>\n");
  }

  private void machine() {
    Machine machine = judgement.comparison().machine();
    html.append(
        """
        <section aria-labelledby="machine"><h2 id="machine">Machine and versions</h2>
        <dl>
        """);
    fact("processors", machine.processors() + " × " + machine.processorModel());
    fact("memory", Units.number(Units.mebibytes(machine.memoryBytes()) / 1024) + " GB");
    fact("kernel", machine.kernel());
    fact("C library", machine.libc());
    fact("huge pages", machine.transparentHugePages());
    fact("Java", machine.java());
    fact("onemalloc", machine.tool());
    html.append("</dl>\n</section>\n");
  }

  private void fact(String name, String value) {
    if (!value.isBlank()) {
      html.append("<div><dt>").append(name).append("</dt><dd>");
      html.append(Html.escape(value)).append("</dd></div>\n");
    }
  }
}
