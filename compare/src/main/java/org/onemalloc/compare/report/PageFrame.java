package org.onemalloc.compare.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import org.onemalloc.text.Html;
import org.onemalloc.text.Sha256;
import org.onemalloc.text.Stylesheet;

/**
 * The beginning and the end of a page: one file with its styles and its script. A content security
 * policy allows that one script by its hash and no requests, so that the page is harmless even if
 * some text were not escaped.
 */
final class PageFrame {
  private static final String SCRIPT = resource("page.js");

  private PageFrame() {}

  /**
   * Returns everything before the first section, with an open header.
   *
   * @param tool the command that made the page: "onemalloc compare"
   * @param command the command that was measured
   * @param started the time of the first run
   * @param styles further styles; empty for none
   */
  static String open(String tool, String command, Instant started, String styles) {
    StringBuilder html = new StringBuilder();
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.append("style-src 'unsafe-inline'; script-src 'sha256-").append(hash());
    html.append("'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>").append(tool);
    html.append(": ").append(Html.escape(command)).append("</title>\n<style>\n");
    html.append(Stylesheet.text()).append(styles);
    html.append("</style>\n</head>\n<body>\n<main>\n<header>\n");
    html.append("<p class=\"eyebrow\">").append(tool).append(", ");
    html.append(
        DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC)
            .format(started));
    html.append("</p>\n<h1><code>").append(Html.escape(command)).append("</code></h1>\n");
    return html.toString();
  }

  /** Returns everything after the last section. */
  static String close() {
    return "</main>\n<script>" + SCRIPT + "</script>\n</body>\n</html>\n";
  }

  private static String hash() {
    byte[] digest = Sha256.digest().digest(SCRIPT.getBytes(StandardCharsets.UTF_8));
    return Base64.getEncoder().encodeToString(digest);
  }

  private static String resource(String name) {
    try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
