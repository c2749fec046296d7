package org.onemalloc.allocators;

import java.util.Locale;

/** Where an allocator comes from. */
public enum Origin {
  /** The C library of this machine: nothing is loaded. */
  SYSTEM,
  /** Bundled with onemalloc and derived into the per-user cache. */
  BUNDLED,
  /** Found where the loader of this machine searches. */
  INSTALLED,
  /** Named by its path. */
  PATH;

  /** Returns the stable word for this origin, used in qualified names, listings and JSON. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
