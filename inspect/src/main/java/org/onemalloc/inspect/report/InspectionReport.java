package org.onemalloc.inspect.report;

import java.io.IOException;
import org.onemalloc.inspect.result.Inspection;

/**
 * What was found, in its three forms. Immutable and thread-safe.
 *
 * <p>Names come from files and processes that may be hostile: control characters do not reach the
 * terminal, markup does not reach the page.
 */
public final class InspectionReport {
  private final Inspection inspection;
  private final String version;

  /**
   * Makes a report.
   *
   * @param inspection what was found
   * @param version that of onemalloc
   */
  public InspectionReport(Inspection inspection, String version) {
    this.inspection = inspection;
    this.version = version;
  }

  /**
   * The text for a terminal of 100 columns: the answer first, then the hazards, the worst first,
   * then who binds to whom. It has characters beyond ASCII: print it as UTF-8.
   *
   * @param colour whether to mark severities with ANSI colours; the words are there without
   * @param everything whether to show every module and call, not only what stands out
   * @return lines, each with its line end
   */
  public String text(boolean colour, boolean everything) {
    return new TextReport(inspection, colour, everything).toString();
  }

  /**
   * Writes JSON, as docs/inspect-json.md specifies it.
   *
   * @param out where to; encode it as UTF-8
   * @throws IOException if it fails
   */
  public void json(Appendable out) throws IOException {
    new JsonReport(inspection, version, out).write();
  }

  /**
   * Writes the page: one HTML file that needs no network and nothing beside it.
   *
   * @param out where to; encode it as UTF-8
   * @throws IOException if it fails
   */
  public void page(Appendable out) throws IOException {
    out.append(new InspectionPage(inspection, version).html());
  }
}
