package org.onemalloc.inspect.process;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The variables of an environment that configure the loader, an allocator or a JVM's use of it. All
 * others are ignored, because an environment may contain secrets.
 */
final class Settings {
  private static final Set<String> NAMES =
      Set.of(
          "LD_PRELOAD",
          "LD_AUDIT",
          "LD_LIBRARY_PATH",
          "LD_BIND_NOW",
          "LD_DYNAMIC_WEAK",
          "GLIBC_TUNABLES");

  private Settings() {}

  static Map<String, String> of(Map<String, String> environment) {
    Map<String, String> settings = new TreeMap<>(environment);
    settings.keySet().removeIf(name -> !steers(name));
    return settings;
  }

  /**
   * Returns whether a variable configures an allocator: glibc's MALLOC_ARENA_MAX and the like
   * (mallopt(3)), jemalloc's MALLOC_CONF with any prefix, the options of mimalloc, tcmalloc and
   * snmalloc.
   */
  private static boolean steers(String name) {
    return NAMES.contains(name)
        || name.startsWith("MALLOC_")
        || name.endsWith("MALLOC_CONF")
        || name.startsWith("MIMALLOC_")
        || name.startsWith("TCMALLOC_")
        || name.startsWith("SNMALLOC_");
  }
}
