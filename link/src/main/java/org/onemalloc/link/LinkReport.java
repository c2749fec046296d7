package org.onemalloc.link;

import java.nio.file.Path;
import java.util.List;

/**
 * A report of what an action did, or would do.
 *
 * @param target the image or program
 * @param allocator the allocator and its version, such as {@code mimalloc 3.0.3}
 * @param changed whether anything on the disk was changed
 * @param steps one line for each file: its path and its change
 * @param evidence one sentence for each fact that was proven; after an undo, what is restored
 */
public record LinkReport(
    Path target, String allocator, boolean changed, List<String> steps, List<String> evidence) {
  /** Copies the lists. */
  public LinkReport {
    steps = List.copyOf(steps);
    evidence = List.copyOf(evidence);
  }
}
