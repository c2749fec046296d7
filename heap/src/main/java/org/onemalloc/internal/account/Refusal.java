package org.onemalloc.internal.account;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.Usage;
import org.onemalloc.internal.listen.Listeners;

/** The error of a call that a limit refuses: which limit, and what fills it. */
public final class Refusal {
  /** The most rows, so that the message fits on a screen. */
  private static final int MOST_ROWS = 12;

  private Refusal() {}

  /**
   * Makes the error and tells the listeners.
   *
   * @param more the bytes that were to be taken from the limit
   */
  public static OutOfMemoryError of(Limit limit, long more, long size, long alignment) {
    OutOfMemoryError error = new OutOfMemoryError(text(limit, size, alignment));
    Usage usage = limit.account().usage();
    Listeners.tell(listener -> listener.limitReached(usage, more));
    return error;
  }

  private static String text(Limit limit, long size, long alignment) {
    String whose = limit.account().tag();
    StringBuilder text = new StringBuilder();
    text.append(whose.isEmpty() ? "The process" : "The tag " + whose);
    text.append(" is limited to ").append(limit.max().orElse(Limit.NONE));
    text.append(" bytes of native memory and has ").append(limit.taken());
    text.append(": there is no room for ").append(size).append(" bytes at alignment ");
    text.append(alignment).append('.');
    List<Usage> below = new ArrayList<>();
    limit.account().addTo(below);
    below.sort((a, b) -> Long.compare(b.totalBytes(), a.totalBytes()));
    for (Usage usage : below.subList(0, Math.min(MOST_ROWS, below.size()))) {
      text.append("\n  ").append(usage.tag()).append(": ").append(usage.bytes());
      text.append(" bytes in ").append(usage.blocks()).append(" blocks");
      if (usage.totalBytes() != usage.bytes()) {
        text.append(", ").append(usage.totalBytes()).append(" with the tags below it");
      }
    }
    if (below.size() > MOST_ROWS) {
      text.append("\n  and ").append(below.size() - MOST_ROWS).append(" smaller tags");
    }
    return text.toString();
  }
}
