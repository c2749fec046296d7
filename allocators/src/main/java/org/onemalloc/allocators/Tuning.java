package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The server profile of each known allocator: settings for a long-running program on a machine that
 * it shares, which give memory back when it is idle. They are the allocator's own, and everything
 * the user sets himself wins.
 */
public final class Tuning {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final String MALLOC_CONF = "MALLOC_CONF";

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
   * Returns the profile as environment variables, in the order to show. A variable that the user
   * has set himself is not among them, with the exception of jemalloc's MALLOC_CONF, where the
   * user's options follow those of the profile and so win (jemalloc takes the last of two).
   *
   * @param userEnvironment the environment that the program would have without this
   */
  public static Map<String, String> environment(
      Allocator allocator, Map<String, String> userEnvironment) {
    List<Setting> settings = settings(allocator);
    if (allocator.kind() == Kind.JEMALLOC) {
      List<String> options = new ArrayList<>();
      settings.forEach(setting -> options.add(setting.option()));
      return jemallocOptions(allocator, options, userEnvironment);
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (Setting setting : settings) {
      // mimalloc takes mimalloc_purge_delay as well (src/options.c, mi_option_init)
      if (userEnvironment.keySet().stream().noneMatch(setting.name()::equalsIgnoreCase)) {
        environment.put(setting.name(), setting.value());
      }
    }
    return environment;
  }

  /**
   * Returns what the user's own settings need to reach an allocator without its profile: a jemalloc
   * built with a prefix reads JE_MALLOC_CONF, and users set MALLOC_CONF.
   *
   * @param userEnvironment the environment that the program would have without this
   */
  public static Map<String, String> passedOn(
      Allocator allocator, Map<String, String> userEnvironment) {
    return allocator.kind() == Kind.JEMALLOC
        ? jemallocOptions(allocator, List.of(), userEnvironment)
        : Map.of();
  }

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
            "background_thread",
            "true",
            "An idle program gives its memory back; without it purging happens on allocation only.",
            "jemalloc TUNING.md"));
    settings.add(
        new Setting(
            "dirty_decay_ms",
            "1000",
            "Unused pages go back after a second, not after ten.",
            "jemalloc TUNING.md; measured on JVM workloads"));
    settings.add(
        new Setting(
            "muzzy_decay_ms",
            "0",
            "Pages go back at once when they go: the resident size is then the truth.",
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
              "This kernel makes huge pages of everything, which keeps freed pages resident.",
              "jemalloc issue 1674"));
    }
    return settings;
  }

  static List<Setting> mimalloc(String version) {
    return List.of();
  }

  static List<Setting> tcmalloc() {
    return List.of(
        new Setting(
            "TCMALLOC_RELEASE_RATE",
            "10",
            "Free memory goes back ten times as fast as by default.",
            "gperftools docs/tcmalloc.html: sensible rates are 0 to 10"));
  }

  /** Returns the word in brackets: {@code always [madvise] never}. */
  private static String hugePages() {
    try {
      String text = Files.readString(HUGE_PAGES).toLowerCase(Locale.ROOT);
      return text.contains("[") ? text.substring(text.indexOf('[') + 1, text.indexOf(']')) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
