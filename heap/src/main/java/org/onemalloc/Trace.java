package org.onemalloc;

import java.util.List;

/**
 * Where something was done to a block.
 *
 * @param thread the name of the thread, empty if nothing is known
 * @param tag the tag that it was allocated under, see {@link Heap#tagged}; empty if there is none
 * @param frames the innermost frames of its stack, 16 at most, without those of this library; empty
 *     if nothing is known
 */
public record Trace(String thread, String tag, List<StackTraceElement> frames) {
  /** Creates an immutable trace. */
  public Trace {
    frames = List.copyOf(frames);
  }

  /** Whether anything is known. */
  boolean known() {
    return !thread.isEmpty();
  }

  /** Appends what was done, and where, as a part of a report. */
  void appendTo(StringBuilder text, String done) {
    if (known()) {
      text.append("\n  ").append(done).append(" by thread ").append(thread);
      text.append(tag.isEmpty() ? "" : " under the tag " + tag);
      for (StackTraceElement frame : frames) {
        text.append("\n    at ").append(frame);
      }
    }
  }
}
