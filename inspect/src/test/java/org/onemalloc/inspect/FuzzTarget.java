package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.onemalloc.inspect.report.InspectionReport;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.objectfile.ObjectFileException;

/** What Jazzer calls with every input: {@code onemalloc inspect FILE}, in all its forms. */
public final class FuzzTarget {
  private static final Path FILE = file();

  private FuzzTarget() {}

  private static Path file() {
    try {
      Path memory = Path.of("/dev/shm");
      Path file =
          Files.isWritable(memory)
              ? Files.createTempFile(memory, "fuzz", "")
              : Files.createTempFile("fuzz", "");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Files.write(FILE, input);
    try {
      Inspection found = Inspector.predict(new Inspector.Request(List.of(FILE), List.of()));
      InspectionReport report = new InspectionReport(found, "0");
      require(!report.text(false, true).isEmpty(), "no text");
      report.json(new StringBuilder());
    } catch (InspectException | ObjectFileException e) {
      require(e.getMessage().endsWith("."), e.getMessage());
      require(!e.getMessage().contains("\n"), e.getMessage());
    }
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
