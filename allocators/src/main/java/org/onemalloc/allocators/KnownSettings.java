package org.onemalloc.allocators;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings that a {@link SettingsProfile} may contain. Allocators pass over a setting that they
 * do not know, most of them in silence, so that a typing error would have no effect and no message.
 */
final class KnownSettings {
  private static final String WHOLE = "[0-9]{1,15}";
  private static final String WHOLE_OR_NEVER = "-1|" + WHOLE;
  private static final String SWITCH = "[01]";
  private static final String WORD = "true|false";

  /** jemalloc(3), "MALLCTL NAMESPACE", opt.*; sizes are bytes. */
  private static final Map<String, String> JEMALLOC = new LinkedHashMap<>();

  /**
   * The table of options in src/options.c of mimalloc 3; times are milliseconds. A size without a
   * unit means bytes there, and KiB in the calls of its API: so it has one here.
   */
  private static final Map<String, String> MIMALLOC = new LinkedHashMap<>();

  /**
   * mallopt(3), "Environment variables"; the GNU C Library manual, "Memory Allocation Tunables";
   * java(1). Sizes are bytes, times milliseconds.
   */
  private static final Map<String, String> SYSTEM = new LinkedHashMap<>();

  /** gperftools, docs/tcmalloc.html, "Modifying Runtime Behavior"; sizes are bytes. */
  private static final Map<String, String> TCMALLOC = new LinkedHashMap<>();

  static {
    JEMALLOC.put("background_thread", WORD);
    JEMALLOC.put("dirty_decay_ms", WHOLE_OR_NEVER);
    JEMALLOC.put("muzzy_decay_ms", WHOLE_OR_NEVER);
    JEMALLOC.put("narenas", "[1-9][0-9]{0,4}");
    JEMALLOC.put("percpu_arena", "disabled|percpu|phycpu");
    JEMALLOC.put("tcache", WORD);
    JEMALLOC.put("tcache_max", WHOLE);
    JEMALLOC.put("thp", "default|always|never");
    JEMALLOC.put("metadata_thp", "disabled|auto|always");
    MIMALLOC.put("MIMALLOC_PURGE_DELAY", WHOLE_OR_NEVER);
    MIMALLOC.put("MIMALLOC_ARENA_EAGER_COMMIT", "[012]");
    MIMALLOC.put("MIMALLOC_ARENA_RESERVE", "[1-9][0-9]{0,5}MiB");
    MIMALLOC.put("MIMALLOC_PAGE_FULL_RETAIN", WHOLE_OR_NEVER);
    SYSTEM.put("MALLOC_ARENA_MAX", "[1-9][0-9]{0,4}");
    SYSTEM.put("MALLOC_TRIM_THRESHOLD_", WHOLE);
    SYSTEM.put("MALLOC_MMAP_THRESHOLD_", WHOLE);
    SYSTEM.put("glibc.malloc.tcache_count", "[0-9]{1,5}");
    SYSTEM.put("-XX:TrimNativeHeapInterval", "[0-9]{1,9}");
    TCMALLOC.put("TCMALLOC_AGGRESSIVE_DECOMMIT", SWITCH);
    TCMALLOC.put("TCMALLOC_RELEASE_RATE", "[0-9]{1,5}");
    TCMALLOC.put("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", WHOLE);
  }

  private KnownSettings() {}

  /** Returns why a profile cannot contain a setting, a clause; empty if it can. */
  static Optional<String> objection(Kind kind, String name, String value) {
    Map<String, String> known =
        switch (kind) {
          case JEMALLOC -> JEMALLOC;
          case MIMALLOC -> MIMALLOC;
          case SYSTEM -> SYSTEM;
          case TCMALLOC -> TCMALLOC;
          case SNMALLOC, OTHER -> Map.<String, String>of();
        };
    if (known.isEmpty()) {
      return Optional.of("no settings are known for " + kind.word());
    }
    String values = known.get(name);
    if (values == null) {
      return Optional.of(
          "%s is not one of the settings of %s that a profile can contain: %s"
              .formatted(name, kind.word(), String.join(", ", known.keySet())));
    }
    return Pattern.matches(values, value)
        ? Optional.empty()
        : Optional.of("%s cannot have the value \"%s\"".formatted(name, value));
  }
}
