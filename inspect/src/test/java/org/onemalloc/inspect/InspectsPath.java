package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.inspect.report.InspectionReport;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.objectfile.ObjectFileException;

/** A program of its own, for tests that look at files with little memory. */
final class InspectsPath {
  private InspectsPath() {}

  public static void main(String[] arguments) throws IOException {
    try {
      Inspection found =
          Inspector.predict(new Inspector.Request(List.of(Path.of(arguments[0])), List.of()));
      System.out.println(new InspectionReport(found, "0").text(false, true));
    } catch (InspectException | ObjectFileException e) {
      System.out.println(e.getMessage());
    }
  }
}
