package org.onemalloc;

import java.util.List;

/**
 * The place where a block was allocated, freed or misused.
 *
 * @param thread the name of the thread, empty if not known
 * @param tag the tag that it was allocated under, see {@link Heap#tagged}; empty if there is none
 * @param frames the innermost frames of its stack, 16 at most, without those of this library; empty
 *     if not known
 */
public record Trace(String thread, String tag, List<StackTraceElement> frames) {
  /** Creates an immutable trace. */
  public Trace {
    frames = List.copyOf(frames);
  }

  /** Returns whether anything is known. */
  boolean known() {
    return !thread.isEmpty();
  }

  /** Appends what was done, and where, to a report. */
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
