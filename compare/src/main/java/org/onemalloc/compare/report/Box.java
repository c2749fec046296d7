package org.onemalloc.compare.report;

import org.onemalloc.text.Html;

/**
 * The frame of a chart, in pixels of its view box: the picture scales with the page.
 *
 * @param width the whole width
 * @param height the whole height
 * @param top the margin above the plot
 * @param right the margin on the right
 * @param bottom the margin below the plot
 * @param left the margin on the left
 */
record Box(double width, double height, double top, double right, double bottom, double left) {
  double plotRight() {
    return width - right;
  }

  double plotBottom() {
    return height - bottom;
  }

  /**
   * Returns the start of the picture, with a name for screen readers and the scale for the script.
   *
   * @param id letters, digits and hyphens, unique on the page
   * @param look the class of the picture
   * @param title any text
   * @param scale the scale, as the script reads it
   */
  String open(String id, String look, String title, String scale) {
    return String.format(
        "<svg id=\"%1$s\" class=\"%2$s\" viewBox=\"0 0 %3$s %4$s\" role=\"img\""
            + " aria-labelledby=\"%1$s-title\" data-left=\"%5$s\" data-right=\"%6$s\""
            + " data-top=\"%7$s\" data-bottom=\"%8$s\" data-scale=\"%10$s\"><title id=\"%1$s-title\">%9$s</title>%n",
        id,
        look,
        Scale.pixel(width),
        Scale.pixel(height),
        Scale.pixel(left),
        Scale.pixel(plotRight()),
        Scale.pixel(top),
        Scale.pixel(plotBottom()),
        Html.escape(title),
        Html.escape(scale));
  }
}
