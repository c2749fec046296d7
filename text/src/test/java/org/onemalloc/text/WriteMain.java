package org.onemalloc.text;

import java.nio.file.Path;

/** Writes a file, or prints the reason why that failed. A test runs it as another user. */
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
