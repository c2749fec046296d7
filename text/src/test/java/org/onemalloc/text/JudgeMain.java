package org.onemalloc.text;

import java.nio.file.Path;

/** Prints why others could exchange what a path leads to. */
final class JudgeMain {
  private JudgeMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.print(Owners.ofThisProcess().exchangeable(Path.of(arguments[0])));
  }
}
