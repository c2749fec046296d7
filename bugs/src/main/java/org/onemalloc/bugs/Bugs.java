package org.onemalloc.bugs;

import java.util.List;
import java.util.stream.Stream;

/** All bugs made with the heap, by kind. */
final class Bugs {
  private Bugs() {}

  static List<Bug> all() {
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
}
