package org.onemalloc.text;

import java.nio.file.Path;

/** Writes a file; prints why it cannot. For a test that runs it as another user. */
final class WriteMain {
  private WriteMain() {}

  public static void main(String[] arguments) {
    try {
      AtomicFile.write(Path.of(arguments[0]), out -> out.append("written"));
    } catch (OutputException e) {
      System.out.print(e.getMessage());
    }
  }
}
