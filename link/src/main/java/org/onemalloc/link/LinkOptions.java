package org.onemalloc.link;

import java.util.List;
import java.util.Set;

/**
 * How a target is linked.
 *
 * @param dryRun whether to report only what would be done, and change and start nothing
 * @param start arguments with which a program is started before and after the link, safe ones such
 *     as {@code --version}: if its output or its exit code differs, the link is undone; empty to
 *     start nothing. They are refused for an image
 * @param accepted the names of hazards that are not to lead to a refusal, because the user knows
 *     that they do not occur; they are written into the record. Another name is refused
 * @param absolute whether every file names the allocator by its absolute path: the target then
 *     starts where the loader expands no {@code $ORIGIN}, but cannot be moved. It is refused if
 *     another user could make a library at that path. A target that was linked so stays so
 */
public record LinkOptions(
    boolean dryRun, List<String> start, Set<String> accepted, boolean absolute) {
  /** Copies the collections. */
  public LinkOptions {
    start = List.copyOf(start);
    accepted = Set.copyOf(accepted);
  }
}
