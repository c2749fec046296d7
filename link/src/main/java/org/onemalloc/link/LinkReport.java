package org.onemalloc.link;

import java.nio.file.Path;
import java.util.List;

/**
 * What was done, or would be done.
 *
 * @param target the image or program
 * @param allocator what it was linked with, {@code mimalloc 3.0.3}
 * @param changed whether anything on the disk was changed
 * @param steps one line for each file: its path, and what happened to it
 * @param evidence one sentence for each thing that was proven
 */
public record LinkReport(
    Path target, String allocator, boolean changed, List<String> steps, List<String> evidence) {
  /** Copies the lists. */
  public LinkReport {
    steps = List.copyOf(steps);
    evidence = List.copyOf(evidence);
  }
}
