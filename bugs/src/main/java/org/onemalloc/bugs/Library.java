package org.onemalloc.bugs;

import java.util.List;
import java.util.Locale;

/** A library with which mistakes can be made. */
enum Library {
  /** This project's heap. */
  HEAP,
  NETTY("leak:", "illegalreferencecountexception", "indexoutofboundsexception"),
  LWJGL("not being tracked", "untracked", "leak", "indexoutofboundsexception"),
  ARROW("outstanding", "leaked", "indexoutofboundsexception", "refcnt", "ref count");

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> reports;

  Library(String... reports) {
    this.reports = List.of(reports);
  }

  /** Returns the bugs of {@link #HEAP}, or the same bugs made with another library, if it can. */
  List<Bug> bugs() {
    return switch (this) {
      case HEAP -> Bugs.all();
      case NETTY -> NettyBugs.all();
      case LWJGL -> LwjglBugs.all();
      case ARROW -> ArrowBugs.all();
    };
  }

  /** Returns whether an output has a report of another library's debug mode. */
  boolean isReport(String output) {
    String text = output.toLowerCase(Locale.ROOT);
    return reports.stream().anyMatch(text::contains);
  }
}
