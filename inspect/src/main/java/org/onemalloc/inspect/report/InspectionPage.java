package org.onemalloc.inspect.report;

import java.util.List;
import java.util.Locale;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.text.Html;
import org.onemalloc.text.Stylesheet;

/**
 * The HTML page: one file without a script. A content security policy allows no requests, so that
 * the page is harmless even if some text were not escaped.
 */
final class InspectionPage {
  private static final int WIDE = 1000;
  private static final int NARROW = 460;

  private final Inspection inspection;
  private final String version;
  private final Groups groups;
  private final StringBuilder html = new StringBuilder();

  InspectionPage(Inspection inspection, String version) {
    this.inspection = inspection;
    this.version = version;
    this.groups = new Groups(inspection);
  }

  String html() {
    head();
    picture();
    hazards();
    modules();
    rest();
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void head() {
    String subject = Html.escape(inspection.subject());
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.append("style-src 'unsafe-inline'\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>onemalloc inspect: ");
    html.append(subject).append("</title>\n<style>\n").append(Stylesheet.text());
    html.append(Stylesheet.resource(InspectionPage.class, "inspection.css"));
    html.append("</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"eyebrow\">onemalloc ");
    html.append("inspect, ").append(Html.escape(version)).append("</p>\n<h1><code>");
    html.append(subject);
    inspection
        .live()
        .ifPresent(live -> html.append(": ").append(Html.escape(String.join(" ", live.command()))));
    html.append("</code></h1>\n<p class=\"lead\">");
    html.append(Html.sentence(Words.answer(inspection))).append("</p>\n</header>\n");
  }

  private void picture() {
    Picture wide = new Picture(inspection, groups, WIDE);
    if (wide.isEmpty()) {
      return;
    }
    html.append("<section aria-labelledby=\"who\"><h2 id=\"who\">Who binds to whom</h2>\n");
    html.append("<p>A solid line leads from a module to the heap of its malloc; a broken line ");
    html.append(
        "leads to another provider of one of its calls. ▲ marks a module with a hazard.</p>\n");
    html.append("<figure class=\"wide\">").append(wide.svg("picture")).append("</figure>\n");
    html.append("<figure class=\"narrow\">");
    html.append(new Picture(inspection, groups, NARROW).svg("picture-narrow"));
    html.append("</figure>\n</section>\n");
  }

  private void hazards() {
    html.append("<section aria-labelledby=\"hazards\"><h2 id=\"hazards\">Hazards</h2>\n");
    if (inspection.hazards().isEmpty()) {
      html.append("<p>None found.</p>\n");
    }
    for (Hazard hazard : inspection.hazards()) {
      String severity = hazard.severity().name().toLowerCase(Locale.ROOT);
      String style = hazard.severity() == Severity.NOTE ? "notice" : severity;
      html.append("<div class=\"hazard\"><h3><span class=\"severity ").append(style).append("\">");
      html.append(severity).append("</span><code>").append(Html.escape(hazard.id()));
      html.append("</code><small>")
          .append(Html.escape(hazard.module()))
          .append("</small></h3>\n<p>");
      html.append(Html.sentence(hazard.consequence())).append("</p>\n");
      list("", hazard.evidence());
      html.append("<p class=\"do\">").append(Html.sentence(hazard.remedy())).append("</p></div>\n");
    }
    html.append("</section>\n");
  }

  private void list(String style, List<String> sentences) {
    html.append("<ul class=\"").append(style).append("\">");
    sentences.forEach(s -> html.append("<li>").append(Html.sentence(s)).append("</li>"));
    html.append("</ul>\n");
  }

  private void modules() {
    html.append("<section aria-labelledby=\"modules\"><h2 id=\"modules\">Modules</h2>\n");
    html.append("<div class=\"scroll\"><table class=\"modules\"><thead><tr>");
    for (String column : List.of("module", "role", "for", "malloc of", "inside, and for others")) {
      html.append("<th scope=\"col\">").append(column).append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    groups.all().forEach(group -> group.users().forEach(module -> module(group, module)));
    html.append("</tbody></table></div>\n</section>\n");
  }

  private void module(Groups.Group group, NativeModule module) {
    html.append("<tr><th scope=\"row\">").append(Html.escape(module.name())).append("</th><td>");
    html.append(module.role().name().toLowerCase(Locale.ROOT)).append("</td><td>");
    html.append(Html.escape(module.format() + ", " + module.architecture())).append("</td><td>");
    html.append(Html.escape(Words.of(group)));
    calls(module);
    html.append("</td><td>");
    for (PrivateAllocator allocator : module.privateAllocators()) {
      html.append(Html.escape(allocator.name() + " (" + allocator.evidence() + ") "));
    }
    if (!module.overrides().isEmpty()) {
      html.append("<details><summary>defines ").append(module.overrides().size());
      html.append("</summary>").append(Html.escape(String.join(" ", module.overrides())));
      html.append("</details>");
    }
    html.append("</td></tr>\n");
  }

  private void calls(NativeModule module) {
    if (module.calls().isEmpty()) {
      return;
    }
    html.append("<details><summary>").append(module.calls().size());
    html.append(module.calls().size() == 1 ? " call" : " calls").append("</summary><ul>");
    for (Call call : module.calls()) {
      html.append("<li><code>").append(Html.escape(call.symbol())).append("</code> ");
      html.append(call.weak() ? "(weak) " : "").append(Html.escape(Words.provider(call)));
      html.append("</li>");
    }
    html.append("</ul></details>");
  }

  private void rest() {
    inspection
        .live()
        .ifPresent(
            live -> {
              html.append("<section aria-labelledby=\"live\"><h2 id=\"live\">The process</h2>\n");
              list("facts", Words.live(live));
              html.append("</section>\n");
            });
    if (!inspection.notes().isEmpty()) {
      html.append("<section aria-labelledby=\"notes\"><h2 id=\"notes\">Not seen</h2>\n");
      list("facts", inspection.notes());
      html.append("</section>\n");
    }
  }
}
