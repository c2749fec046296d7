package org.onemalloc.link.step;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.link.LinkException;

/**
 * A requested link step.
 *
 * @param kind the kind of artifact
 * @param allocator the allocator of an executable as the user named it; empty for the default
 * @param command the link step
 * @param self the words that start this command, for a tool that calls a linker itself
 * @param tool the version of onemalloc, for the record
 */
public record Request(
    Kind kind, Optional<String> allocator, List<String> command, List<String> self, String tool) {
  /** The kind of artifact that the link step makes. */
  public enum Kind {
    /** A program. */
    EXECUTABLE,
    /** A shared library. */
    SHARED,
    /** A static library. */
    STATIC,
    /** The kind that the options of the command determine. */
    AUTO;

    /**
     * Returns the kind with the given name on the command line.
     *
     * @param label the name, in lower case
     * @return the kind
     * @throws LinkException if there is no such kind
     */
    public static Kind of(String label) {
      return Stream.of(values())
          .filter(kind -> kind.label().equals(label))
          .findFirst()
          .orElseThrow(
              () ->
                  LinkException.unusable(
                      "There is no --kind %s: it is executable, shared, static or auto."
                          .formatted(label)));
    }

    /**
     * Returns the name on the command line.
     *
     * @return the name, in lower case
     */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The allocator of an executable if none is named. */
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
