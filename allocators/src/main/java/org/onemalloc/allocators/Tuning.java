package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The server profile of each known allocator: settings for a long-running program on a shared
 * machine, which return memory when the program is idle. They are the allocator's own settings, and
 * the user's take precedence.
 */
public final class Tuning {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final Map<String, String> FORMER_NAMES =
      Map.of(
          "MIMALLOC_PURGE_DELAY", "MIMALLOC_RESET_DELAY",
          "MIMALLOC_ARENA_EAGER_COMMIT", "MIMALLOC_EAGER_REGION_COMMIT");
  private static final String MIMALLOC_3 = "3.";
  private static final String BACKGROUND_THREAD = "background_thread";
  private static final String MALLOC_CONF = "MALLOC_CONF";

  /** The GNU C Library manual, "Tunables": names and values, separated by colons. */
  private static final String TUNABLES = "GLIBC_TUNABLES";

  private Tuning() {}

  /**
   * Returns the settings of an allocator's profile on this machine; none if it has no profile.
   *
   * @param allocator one of this machine
   */
  public static List<Setting> settings(Allocator allocator) {
    return switch (allocator.kind()) {
      case JEMALLOC -> jemalloc(CpuQuota.cpus(), hugePages());
      case MIMALLOC -> mimalloc(allocator.version());
      case TCMALLOC -> tcmalloc();
      case SYSTEM, SNMALLOC, OTHER -> List.of();
    };
  }

  /**
   * Returns the settings for a program that can filter system calls: the allocator keeps the memory
   * that is free instead of returning it by madvise(2), and maps memory that can be used without
   * madvise and mprotect(2). glibc's malloc, for which such filters are written, calls neither for
   * the first thread. mimalloc 3 asks for huge pages by madvise in each part of 1 GiB that it maps,
   * unless they are switched off for the process, which one prctl(2) at its start does. Releases
   * before 3 look for NUMA nodes by access(2) in the first malloc, unless their number is given.
   *
   * @param kind any kind
   * @param version the version of the allocator
   */
  static List<Setting> fewestCalls(Kind kind, String version) {
    String reason = "The program can filter system calls: memory is not returned by madvise(2).";
    return switch (kind) {
      case JEMALLOC ->
          Stream.of("dirty_decay_ms", "muzzy_decay_ms")
              .map(name -> new Setting(name, "-1", reason, "jemalloc(3) opt." + name))
              .toList();
      case MIMALLOC -> mimallocWithFewestCalls(version, reason);
      case TCMALLOC ->
          List.of(
              new Setting("TCMALLOC_RELEASE_RATE", "0", reason, "gperftools docs/tcmalloc.html"));
      case SYSTEM, SNMALLOC, OTHER -> List.of();
    };
  }

  /** The names of the options are those of the releases, as their src/options.c has them. */
  private static List<Setting> mimallocWithFewestCalls(String version, String reason) {
    String other = "The program can filter system calls: ";
    String source = "mimalloc readme";
    boolean old = version.startsWith("1.") || version.startsWith("2.0.");
    Setting keep =
        old
            ? new Setting("MIMALLOC_ALLOW_DECOMMIT", "0", reason, source)
            : new Setting("MIMALLOC_PURGE_DELAY", "-1", reason, source);
    String pages = other + "huge pages are asked for by madvise(2).";
    String nodes = other + "NUMA nodes are looked for by access(2).";
    Setting once =
        version.startsWith(MIMALLOC_3)
            ? new Setting("MIMALLOC_ALLOW_THP", "0", pages, source)
            : new Setting("MIMALLOC_USE_NUMA_NODES", "1", nodes, source);
    return List.of(keep, once);
  }

  /**
   * Returns the profile as environment variables, in the order in which to show them. Variables
   * that the user has set are omitted, except for jemalloc's MALLOC_CONF: there the user's options
   * follow those of the profile, and jemalloc takes the last of two.
   *
   * @param userEnvironment the environment that the program would have without this
   * @param threads whether the allocator may start threads of its own
   */
  public static Map<String, String> environment(
      Allocator allocator, Map<String, String> userEnvironment, boolean threads) {
    return environment(allocator, settings(allocator), userEnvironment, threads);
  }

  /**
   * Returns other settings in the same way. The flags of the JVM among them are omitted ({@link
   * SettingsProfile#jvmFlags}).
   */
  static Map<String, String> environment(
      Allocator allocator,
      List<Setting> chosen,
      Map<String, String> userEnvironment,
      boolean threads) {
    List<Setting> settings = new ArrayList<>(chosen);
    settings.removeIf(setting -> setting.name().startsWith(SettingsProfile.FLAG));
    settings.removeIf(setting -> !threads && setting.name().equals(BACKGROUND_THREAD));
    if (allocator.kind() == Kind.JEMALLOC) {
      List<String> options = new ArrayList<>();
      settings.forEach(setting -> options.add(setting.option()));
      return jemallocOptions(allocator, options, userEnvironment);
    }
    Map<String, String> environment = new LinkedHashMap<>();
    tunables(settings, userEnvironment).ifPresent(all -> environment.put(TUNABLES, all));
    settings.removeIf(setting -> setting.name().startsWith(SettingsProfile.TUNABLE));
    for (Setting setting : settings) {
      if (userEnvironment.keySet().stream().noneMatch(name -> isFor(setting.name(), name))) {
        environment.put(setting.name(), setting.value());
      }
    }
    return environment;
  }

  /**
   * Returns the value of the one variable that holds all tunables of glibc, without those that the
   * user has set; empty if there is nothing to add.
   */
  private static Optional<String> tunables(List<Setting> settings, Map<String, String> user) {
    String before = user.getOrDefault(TUNABLES, "");
    List<String> all = new ArrayList<>();
    if (!before.isEmpty()) {
      all.add(before);
    }
    for (Setting setting : settings) {
      if (setting.name().startsWith(SettingsProfile.TUNABLE)
          && !(":" + before).contains(":" + setting.name() + "=")) {
        all.add(setting.name() + "=" + setting.value());
      }
    }
    String value = String.join(":", all);
    return value.equals(before) ? Optional.empty() : Optional.of(value);
  }

  /** mimalloc takes lower case and its former names too (src/options.c, mi_option_init). */
  private static boolean isFor(String setting, String userName) {
    String name = userName.toUpperCase(Locale.ROOT);
    return name.equals(setting) || name.equals(FORMER_NAMES.get(setting));
  }

  /**
   * Returns the variable for the options of jemalloc and the user's own. A jemalloc that was built
   * with a prefix reads JE_MALLOC_CONF, and users set MALLOC_CONF: it is passed on, also where
   * there is no option to add.
   */
  private static Map<String, String> jemallocOptions(
      Allocator allocator, List<String> options, Map<String, String> user) {
    String variable = allocator.configuration().isEmpty() ? MALLOC_CONF : allocator.configuration();
    List<String> all = new ArrayList<>(options);
    if (!variable.equals(MALLOC_CONF)) {
      all.add(user.getOrDefault(MALLOC_CONF, ""));
    }
    all.add(user.getOrDefault(variable, ""));
    all.removeIf(String::isBlank);
    String value = String.join(",", all);
    return value.isEmpty() || value.equals(user.get(variable)) ? Map.of() : Map.of(variable, value);
  }

  static List<Setting> jemalloc(int cpus, String hugePages) {
    List<Setting> settings = new ArrayList<>();
    settings.add(
        new Setting(
            BACKGROUND_THREAD,
            "true",
            "An idle program returns its memory; without this thread, memory is returned only"
                + " during calls.",
            "jemalloc TUNING.md"));
    settings.add(
        new Setting(
            "dirty_decay_ms",
            "1000",
            "Unused pages are returned after one second instead of ten.",
            "jemalloc TUNING.md; measured on JVM workloads"));
    settings.add(
        new Setting(
            "muzzy_decay_ms",
            "0",
            "Purged pages leave the resident size at once, not when the kernel needs them.",
            "jemalloc(3) opt.muzzy_decay_ms"));
    settings.add(
        new Setting(
            "narenas",
            Integer.toString(cpus == 1 ? 1 : 4 * cpus),
            "Four arenas for each CPU of the container: jemalloc counts those of the host.",
            "FLINK-39924"));
    if (hugePages.equals("always")) {
      settings.add(
          new Setting(
              "thp",
              "never",
              "This kernel uses huge pages for all memory, which keeps freed pages resident.",
              "jemalloc issue 1674"));
    }
    return settings;
  }

  /**
   * The profile of mimalloc 3. It purges on a later call of the thread, with no thread of its own,
   * so a delay means never for a program that has become idle. Releases before 3 wait for 10 ms
   * only and need no profile.
   *
   * <p>Rejected: {@code MIMALLOC_ALLOW_THP=0}, which saves as much without more page faults, but
   * does so by prctl(PR_SET_THP_DISABLE), for the Java heap and all children too.
   */
  static List<Setting> mimalloc(String version) {
    if (!version.startsWith(MIMALLOC_3)) {
      return List.of();
    }
    String source = "measured: 32 threads of Deflater, 147 MB at the end and idle, 57 MB with both";
    return List.of(
        new Setting(
            "MIMALLOC_PURGE_DELAY",
            "0",
            "Free pages are returned at once: an idle program would keep them. That costs about 10 %"
                + " more CPU, and 82 % where blocks above 1 MB are freed and allocated all the time"
                + " (Kafka with zstd): set 10 there.",
            source),
        new Setting(
            "MIMALLOC_ARENA_EAGER_COMMIT",
            "0",
            "An arena commits memory as it is used, not in huge pages from the start.",
            source));
  }

  static List<Setting> tcmalloc() {
    return List.of(
        new Setting(
            "TCMALLOC_AGGRESSIVE_DECOMMIT",
            "1",
            "Free spans are returned at once; TCMALLOC_RELEASE_RATE has no effect in an idle"
                + " program.",
            "gperftools docs/tcmalloc.html; measured: 100 MB idle, 60 MB with it"));
  }

  /** Returns the word in brackets: {@code always [madvise] never}. */
  static String hugePages() {
    try {
      String text = Files.readString(HUGE_PAGES).toLowerCase(Locale.ROOT);
      return text.contains("[") ? text.substring(text.indexOf('[') + 1, text.indexOf(']')) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
