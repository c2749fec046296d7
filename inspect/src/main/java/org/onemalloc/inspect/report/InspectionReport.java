package org.onemalloc.inspect.report;

import java.io.IOException;
import org.onemalloc.inspect.result.Inspection;

/**
 * The report of an inspection, in three forms. Immutable and thread-safe.
 *
 * <p>Names come from files and processes that may be hostile: control characters are written out in
 * text, and markup is escaped in the page.
 */
public final class InspectionReport {
  private final Inspection inspection;
  private final String version;

  /**
   * Makes a report.
   *
   * @param inspection the inspection
   * @param version the version of onemalloc
   */
  public InspectionReport(Inspection inspection, String version) {
    this.inspection = inspection;
    this.version = version;
  }

  /**
   * Returns the text for a terminal of 100 columns: the answer, then the hazards, the worst first,
   * then the modules by heap. It contains characters beyond ASCII: print it as UTF-8.
   *
   * @param colour whether to mark severities with ANSI colours, in addition to words
   * @param everything whether to show every module and call instead of the notable ones
   * @return lines, each with its line terminator
   */
  public String text(boolean colour, boolean everything) {
    return new TextReport(inspection, colour, everything).toString();
  }

  /**
   * Writes JSON, which docs/inspect-json.md specifies.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it fails
   */
  public void json(Appendable out) throws IOException {
    new JsonReport(inspection, version, out).write();
  }

  /**
   * Writes the page: one HTML file that needs no network and no other file.
   *
   * @param out the output; encode it as UTF-8
   * @throws IOException if it fails
   */
  public void page(Appendable out) throws IOException {
    out.append(new InspectionPage(inspection, version).html());
  }
}
