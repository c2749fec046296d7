package org.onemalloc.profile;

import org.onemalloc.text.Html;
import org.onemalloc.text.Stylesheet;

/**
 * Writes the profile as one self-contained HTML file: the parts, then the two flame graphs. Each
 * graph has its own frame, so that their scripts and names do not conflict.
 */
final class ProfilePage {
  private final Profile profile;
  private final StringBuilder html = new StringBuilder();

  private ProfilePage(Profile profile) {
    this.profile = profile;
  }

  static String of(Profile profile) {
    return new ProfilePage(profile).html();
  }

  private String html() {
    String subject = Html.escape(profile.subject());
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<title>onemalloc profile: ").append(subject).append("</title>\n<style>\n");
    html.append(Stylesheet.text()).append(Stylesheet.resource(ProfilePage.class, "profile.css"));
    html.append("</style>\n</head>\n<body>\n<main>\n");
    html.append("<p class=\"eyebrow\">onemalloc profile</p>\n<h1><code>").append(subject);
    html.append("</code></h1>\n<p class=\"lead\">");
    html.append(Html.escape(ProfileTable.sentence(profile)).replace(" MB", "&nbsp;MB"))
        .append("</p>\n");
    parts();
    graph("Allocated", "All bytes that were allocated, freed or not.", profile.allocatedGraph());
    graph(
        "Not freed",
        "Memory that was not freed when the recording ended: it is in use, or has leaked.",
        profile.liveGraph());
    notes();
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void parts() {
    html.append("<section><h2>Parts</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Part</th>");
    html.append("<th></th><th>Allocated</th><th>Not freed</th>");
    html.append("<th>Blocks</th><th>Mostly for</th></tr></thead>\n<tbody>\n");
    for (Part part : profile.parts()) {
      double share = profile.allocated() == 0 ? 0 : (double) part.allocated() / profile.allocated();
      html.append("<tr><th>").append(Html.escape(part.name())).append("</th><td>");
      html.append("<meter value=\"%.4f\"></meter></td>".formatted(share));
      number(ProfileTable.bytes(part.allocated()));
      number(ProfileTable.bytes(part.live()));
      number(ProfileTable.count(part.blocks()));
      html.append("<td><code>").append(Html.escape(part.caller()));
      html.append("</code></td></tr>\n");
    }
    if (profile.unseen().isPresent()) {
      html.append("<tr><th>").append(Parts.UNSEEN).append("</th><td></td><td></td>");
      number(ProfileTable.bytes(profile.unseen().getAsLong()));
      html.append("<td></td><td></td></tr>\n");
    }
    html.append("</tbody></table></div>\n</section>\n");
  }

  private void number(String text) {
    html.append("<td>").append(text).append("</td>");
  }

  private void graph(String heading, String sentence, String page) {
    html.append("<section><h2>")
        .append(heading)
        .append("</h2>\n<p>")
        .append(sentence)
        .append("</p>\n");
    html.append("<iframe title=\"").append(heading).append("\" srcdoc=\"");
    html.append(Html.escape(page)).append("\"></iframe>\n</section>\n");
  }

  private void notes() {
    html.append("<section><h2>Accuracy</h2>\n<p class=\"note\">");
    html.append(Html.escape(ProfileTable.sampling(profile))).append("</p>\n");
    ProfileTable.rest(profile)
        .ifPresent(n -> html.append("<p class=\"note\">").append(Html.escape(n)).append("</p>\n"));
    profile
        .notes()
        .forEach(n -> html.append("<p class=\"note\">").append(Html.escape(n)).append("</p>\n"));
    html.append("</section>\n");
  }
}
