package org.onemalloc.link.step;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What was asked of a link step.
 *
 * @param kind {@code executable}, {@code shared}, {@code static} or {@code auto}
 * @param allocator the allocator of an executable as the user named it; empty if left to us
 * @param command the link step
 * @param self how this very command is started, for the linker of a tool that calls one itself
 * @param tool the version of the tool, for the record
 */
public record Request(
    String kind, Optional<String> allocator, List<String> command, List<String> self, String tool) {
  /** The allocator of an executable where nothing was said. */
  static final String DEFAULT = "mimalloc";

  /** Copies the lists. */
  public Request {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(allocator, "allocator");
    Objects.requireNonNull(tool, "tool");
    command = List.copyOf(command);
    self = List.copyOf(self);
  }
}
