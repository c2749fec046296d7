package org.onemalloc.allocators;

import java.util.ArrayList;
import java.util.List;

/**
 * The settings that {@code tune} tries, beside the defaults and the server profile of each
 * allocator: some ten combinations each, chosen so that one of them is near to what any program
 * needs. A complete grid of all values would be a thousand combinations, most of which differ from
 * a neighbour by less than can be measured.
 */
public final class TuningTable {
  private static final String TUNING = "jemalloc TUNING.md";
  private static final String DECAY = "dirty_decay_ms";
  private static final String MUZZY = "muzzy_decay_ms";
  private static final String BACKGROUND = "background_thread";
  private static final String OPTIONS = "mimalloc src/options.c";
  private static final String MALLOPT = "mallopt(3)";

  private TuningTable() {}

  /**
   * Returns the combinations for an allocator on this machine.
   *
   * @param allocator one of this machine
   * @param trims whether a JVM runs that knows {@code -XX:TrimNativeHeapInterval}
   * @return the settings of each; none if no settings of the allocator are known
   */
  public static List<List<Setting>> of(Allocator allocator, boolean trims) {
    int cpus = CpuQuota.cpus();
    return switch (allocator.kind()) {
      case SYSTEM -> system(cpus, trims);
      case JEMALLOC -> jemalloc(cpus, Tuning.hugePages());
      case MIMALLOC -> mimalloc(allocator.version());
      case TCMALLOC -> tcmalloc();
      case SNMALLOC, OTHER -> List.of();
    };
  }

  static List<List<Setting>> system(int cpus, boolean trims) {
    Setting trim =
        new Setting(
            "-XX:TrimNativeHeapInterval",
            "1000",
            "The JVM makes glibc return its free memory once a second.",
            "java(1), -XX:TrimNativeHeapInterval");
    Setting often =
        new Setting(
            trim.name(),
            "200",
            "The same five times a second: a lower peak, more work.",
            "java(1)");
    List<List<Setting>> all = new ArrayList<>();
    if (trims) {
      all.add(List.of(trim));
      all.add(List.of(often));
    }
    all.add(List.of(arenas(1)));
    all.add(List.of(arenas(2)));
    if (cpus > 2) {
      all.add(List.of(arenas(cpus)));
    }
    if (trims) {
      all.add(List.of(arenas(1), trim));
      all.add(List.of(arenas(2), trim));
    }
    Setting mmap =
        new Setting(
            "MALLOC_MMAP_THRESHOLD_",
            "131072",
            "Blocks of 128 KiB and more are always returned when they are freed; by default this"
                + " threshold grows up to 32 MiB.",
            MALLOPT + ", M_MMAP_THRESHOLD");
    Setting top =
        new Setting(
            "MALLOC_TRIM_THRESHOLD_",
            "131072",
            "More than 128 KiB of free memory at the end of the heap is returned; by default this"
                + " threshold grows with the other one.",
            MALLOPT + ", M_TRIM_THRESHOLD");
    all.add(List.of(mmap, top));
    all.add(List.of(arenas(2), mmap, top));
    all.add(
        List.of(
            new Setting(
                mmap.name(),
                "33554432",
                "Only blocks of 32 MiB and more are mapped alone: fewer calls of the system.",
                MALLOPT + ", DEFAULT_MMAP_THRESHOLD_MAX"),
            new Setting(
                top.name(),
                "134217728",
                "Up to 128 MiB at the end of the heap are kept for the next blocks.",
                MALLOPT + ", M_TRIM_THRESHOLD")));
    all.add(
        List.of(
            new Setting(
                "glibc.malloc.tcache_count",
                "0",
                "No cache of freed blocks in each thread: less memory, more locking.",
                "The GNU C Library manual, Memory Allocation Tunables")));
    all.add(
        List.of(
            new Setting(
                "glibc.malloc.tcache_count",
                "127",
                "A larger cache of freed blocks in each thread: less locking, more memory.",
                "The GNU C Library manual, Memory Allocation Tunables")));
    return all;
  }

  private static Setting arenas(int count) {
    String source =
        count == 1
            ? "the variant system+arenas of compare"
            : count == 2 ? "usual in containers of Java and Ruby" : MALLOPT + ", M_ARENA_MAX";
    return new Setting(
        "MALLOC_ARENA_MAX",
        Integer.toString(count),
        "Fewer arenas than the default, eight for each CPU: less memory, more waiting for locks.",
        source);
  }

  static List<List<Setting>> jemalloc(int cpus, String hugePages) {
    Setting background =
        new Setting(
            BACKGROUND, "true", "An idle program returns its memory without a call.", TUNING);
    Setting second =
        new Setting(DECAY, "1000", "Unused pages are returned after one second.", TUNING);
    Setting atOnce = new Setting(DECAY, "0", "Unused pages are returned at once.", TUNING);
    Setting noMuzzy =
        new Setting(
            MUZZY,
            "0",
            "Purged pages leave the resident size at once.",
            "jemalloc(3) opt.muzzy_decay_ms");
    List<List<Setting>> all = new ArrayList<>();
    all.add(List.of(atOnce, noMuzzy));
    all.add(List.of(background, second, noMuzzy, narenas(cpus)));
    all.add(List.of(background, second, noMuzzy, narenas(1)));
    all.add(List.of(atOnce, noMuzzy, narenas(1)));
    all.add(List.of(background, second, noMuzzy, cache("tcache", "false")));
    all.add(
        List.of(
            background,
            new Setting(DECAY, "5000", "Unused pages are returned after five seconds.", TUNING),
            new Setting(MUZZY, "5000", "Purged pages are unmapped five seconds later.", TUNING),
            narenas(cpus),
            cache("tcache_max", "4096")));
    all.add(List.of(second, noMuzzy, narenas(1), cache("tcache_max", "1024")));
    all.add(List.of(atOnce, noMuzzy, narenas(1), cache("tcache", "false")));
    Setting metadata =
        new Setting(
            "metadata_thp", "auto", "Huge pages for the allocator's own data: less CPU.", TUNING);
    all.add(
        List.of(
            background,
            new Setting(DECAY, "30000", "Unused pages are kept for 30 seconds: less CPU.", TUNING),
            new Setting(MUZZY, "30000", "Purged pages are kept for 30 seconds: less CPU.", TUNING),
            metadata));
    if (!hugePages.equals("never") && !hugePages.isEmpty()) {
      String value = hugePages.equals("always") ? "never" : "always";
      all.add(
          List.of(
              new Setting(
                  "thp",
                  value,
                  "Huge pages " + (value.equals("never") ? "for no block." : "for all blocks."),
                  "jemalloc(3) opt.thp")));
    }
    return all;
  }

  private static Setting narenas(int count) {
    return new Setting(
        "narenas",
        Integer.toString(count),
        count == 1
            ? "One arena for all threads: least memory, most waiting for locks."
            : "One arena for each CPU: less memory, more waiting for locks.",
        TUNING);
  }

  private static Setting cache(String name, String value) {
    return new Setting(
        name,
        value,
        name.equals("tcache")
            ? "No cache of freed blocks in each thread: less memory, more CPU."
            : "Only blocks of up to " + value + " bytes are cached in each thread.",
        TUNING);
  }

  /** mimalloc 2 has other options under these names, and gives back its memory soon anyhow. */
  static List<List<Setting>> mimalloc(String version) {
    if (!version.startsWith("3.")) {
      return List.of();
    }
    Setting noCommit =
        new Setting(
            "MIMALLOC_ARENA_EAGER_COMMIT",
            "0",
            "An arena commits memory as it is used, not in huge pages from the start.",
            "the server profile of onemalloc");
    Setting atOnce = purge("0", "Free pages are returned at once.");
    Setting soon = purge("10", "Free pages are returned after 10 ms, as by mimalloc 2.");
    Setting later = purge("100", "Free pages are returned after a tenth of a second.");
    return List.of(
        List.of(noCommit),
        List.of(atOnce),
        List.of(soon),
        List.of(soon, noCommit),
        List.of(later, noCommit),
        List.of(
            atOnce,
            noCommit,
            new Setting(
                "MIMALLOC_ARENA_RESERVE",
                "64MiB",
                "Arenas of 64 MiB instead of 1 GiB: less memory where a program locks its memory.",
                OPTIONS)),
        List.of(
            atOnce,
            noCommit,
            new Setting(
                "MIMALLOC_PAGE_FULL_RETAIN",
                "0",
                "A thread keeps no full pages for later: less memory in many threads.",
                OPTIONS)),
        List.of(purge("-1", "Free pages are never returned: least CPU.")));
  }

  private static Setting purge(String value, String reason) {
    return new Setting("MIMALLOC_PURGE_DELAY", value, reason, OPTIONS);
  }

  static List<List<Setting>> tcmalloc() {
    String source = "gperftools docs/tcmalloc.html";
    Setting atOnce =
        new Setting(
            "TCMALLOC_AGGRESSIVE_DECOMMIT", "1", "Free spans are returned at once.", source);
    String cache = "TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES";
    Setting small =
        new Setting(cache, "4194304", "The caches of all threads hold 4 MiB, not 32.", source);
    return List.of(
        List.of(
            new Setting(
                "TCMALLOC_RELEASE_RATE",
                "10",
                "Free spans are returned ten times faster.",
                source)),
        List.of(small),
        List.of(atOnce, small),
        List.of(
            new Setting(
                cache,
                "134217728",
                "The caches of all threads hold 128 MiB: less locking, more memory.",
                source)));
  }
}
