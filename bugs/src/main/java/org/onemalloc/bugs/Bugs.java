package org.onemalloc.bugs;

import java.util.List;
import java.util.stream.Stream;

/** All bugs, by kind. */
final class Bugs {
  private Bugs() {}

  static List<Bug> ours() {
    return Stream.of(
            SizeBugs.all(),
            FreeBugs.all(),
            AddressBugs.all(),
            WriteBugs.all(),
            StaleBugs.all(),
            LeakBugs.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Returns the same bugs made with another library, without those that the library cannot have.
   */
  static List<Bug> of(String library) {
    return switch (library) {
      case "ours" -> ours();
      case "netty" -> NettyBugs.all();
      case "lwjgl" -> LwjglBugs.all();
      case "arrow" -> ArrowBugs.all();
      default -> throw new IllegalArgumentException("There is no library " + library + ".");
    };
  }
}
