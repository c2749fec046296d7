package org.onemalloc.allocators;

import java.util.Objects;

/**
 * One setting of a server profile.
 *
 * @param name as the allocator calls it: an option of MALLOC_CONF, or an environment variable
 * @param value its value
 * @param reason its purpose, in one sentence
 * @param source the source of the reason: a manual, a thread, a measurement
 */
public record Setting(String name, String value, String reason, String source) {
  /** Checks that nothing is null. */
  public Setting {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(source, "source");
  }

  /** Returns the setting as the allocator's manual writes it: {@code dirty_decay_ms:1000}. */
  String option() {
    return name + ":" + value;
  }
}
