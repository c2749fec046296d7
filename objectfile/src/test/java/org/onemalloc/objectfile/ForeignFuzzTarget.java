package org.onemalloc.objectfile;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;
import org.onemalloc.objectfile.macho.MachoFile;
import org.onemalloc.objectfile.pe.PeFile;

/** The method that Jazzer calls with every input, and the libraries that the tests damage. */
public final class ForeignFuzzTarget {
  private ForeignFuzzTarget() {}

  /** Returns the Mach-O and PE libraries on the class path, the small ones first. */
  public static List<String> libraries() {
    return List.of(
        "/macos/arm64/org/lwjgl/mimalloc/libmimalloc.dylib",
        "/macos/x64/org/lwjgl/mimalloc/libmimalloc.dylib",
        "/windows/x64/org/lwjgl/mimalloc/mimalloc.dll");
  }

  /** Returns the content of one of these libraries. */
  public static byte[] bytes(String library) throws IOException {
    try (InputStream in = ForeignFuzzTarget.class.getResourceAsStream(library)) {
      return in.readAllBytes();
    }
  }

  public static void fuzzerTestOneInput(byte[] input) {
    boolean isPe = input.length > 1 && input[0] == 'M' && input[1] == 'Z';
    attempt(() -> isPe ? readPe(input) : readMacho(input));
  }

  private static int readMacho(byte[] input) {
    for (MachoFile file : MachoFile.read(input, "input")) {
      attempt(file::imports);
      attempt(file::exports);
      attempt(() -> file.export("_malloc"));
      attempt(file::interposed);
    }
    return 0;
  }

  private static int readPe(byte[] input) {
    PeFile file = PeFile.read(input, "input");
    attempt(file::imports);
    attempt(file::exportName);
    attempt(file::exports);
    return 0;
  }

  private static void attempt(Supplier<?> action) {
    try {
      var _ = action.get();
    } catch (ObjectFileException expected) {
      if (!expected.getMessage().endsWith(".")) {
        throw new AssertionError(expected.getMessage());
      }
    }
  }
}
