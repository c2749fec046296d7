package org.onemalloc.spark;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code spark.onemalloc.require} asks of every executor.
 *
 * @param name a kind of allocator, the absolute path of a library, or empty for nothing
 */
record Requirement(String name) {
  private static final Set<String> KINDS =
      Set.of("system", "mimalloc", "jemalloc", "tcmalloc", "snmalloc");

  /** Returns why it can never be met; empty if it can. */
  Optional<String> unusable() {
    return name.isEmpty() || KINDS.contains(name) || name.startsWith("/")
        ? Optional.empty()
        : Optional.of(
            "spark.onemalloc.require=%s is neither system, mimalloc, jemalloc, tcmalloc or snmalloc nor the absolute path of a library."
                .formatted(name));
  }

  /** Returns whether a mapped file is the required one: the kernel names the target of a link. */
  private boolean isAt(String mapped) {
    try {
      return name.equals(mapped)
          || (name.startsWith("/") && Path.of(name).toRealPath().toString().equals(mapped));
    } catch (IOException | InvalidPathException e) {
      return false; // the file is on the machine of the executor alone
    }
  }

  /** Returns a sentence if a process does not meet it; empty if it does. */
  Optional<String> unmet(Evidence evidence) {
    boolean met =
        evidence.proven() && (name.equals(evidence.allocator()) || isAt(evidence.provider()));
    return name.isEmpty() || met
        ? Optional.empty()
        : Optional.of(
            "%s is not proven to run on %s: %s".formatted(evidence.who(), name, evidence.what()));
  }
}
