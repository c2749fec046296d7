package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.onemalloc.allocators.Kind;
import org.onemalloc.compare.process.StartedWith;

/**
 * The settings of a variant: the variables that its allocator reads, and the flags of the JVM. A
 * script can drop, change or add one and keep LD_PRELOAD; then the variant runs with settings that
 * are not its own.
 */
final class VariantSettings {
  private final Kind kind;
  private final Map<String, String> variables;
  private final List<String> flags;

  /**
   * Creates the settings.
   *
   * @param kind the allocator, which determines the variables that matter
   * @param environment the whole environment that the command is started with
   * @param flags the flags of the variant for a JVM, each as {@code -XX:Name=value}
   */
  VariantSettings(Kind kind, Map<String, String> environment, List<String> flags) {
    this.kind = kind;
    this.variables = relevant(environment);
    this.flags = List.copyOf(flags);
  }

  /** Returns the settings after some variables are changed. */
  VariantSettings with(Map<String, String> changes) {
    Map<String, String> all = new TreeMap<>(variables);
    all.putAll(changes);
    return new VariantSettings(kind, all, flags);
  }

  /** Returns whether the variant has settings, so that a process must be shown to have them. */
  boolean matterTo(boolean java) {
    return !variables.isEmpty() || (java && !flags.isEmpty());
  }

  /** Returns whether settings of the allocator, or flags of the variant, are known. */
  boolean areRead() {
    return kind != Kind.OTHER || !flags.isEmpty();
  }

  /** Returns a sentence if a process has other settings; empty if it has those of the variant. */
  Optional<String> contradiction(String process, StartedWith given, boolean java) {
    Map<String, String> own = relevant(given.environment());
    if (given.secure() && !variables.isEmpty()) {
      return Optional.of(
          process
              + " has more rights than its parent: the settings of the variant do not reach it.");
    }
    TreeSet<String> names = new TreeSet<>(variables.keySet());
    names.addAll(own.keySet());
    for (String name : names) {
      String wanted = variables.get(name);
      String found = own.get(name);
      if (wanted == null) {
        return Optional.of(
            "%s was started with %s=%s, which is not a setting of the variant."
                .formatted(process, name, found));
      }
      if (!wanted.equals(found)) {
        return Optional.of(
            "%s was started %s, not with %s=%s, the setting of the variant."
                .formatted(
                    process,
                    found == null ? "without " + name : "with " + name + "=" + found,
                    name,
                    wanted));
      }
    }
    return java
        ? flags.stream()
            .filter(flag -> !effective(flag, given).equals(flag))
            .findFirst()
            .map(flag -> process + " runs without " + flag + ", the setting of the variant.")
        : Optional.empty();
  }

  /**
   * Returns a sentence if a JVM may have further flags than its words show, and so may run without
   * those of the variant: from a file (java(1): {@code @argfiles} and {@code -XX:VMOptionsFile}),
   * or from another program than {@code java}, such as the launcher of jpackage.
   */
  Optional<String> unread(String process, StartedWith given, boolean java) {
    if (!java || flags.isEmpty()) {
      return Optional.empty();
    }
    String launcher = given.words().getFirst();
    String name = launcher.substring(launcher.lastIndexOf('/') + 1);
    Optional<String> why =
        name.equals("java")
            ? words(given).stream()
                .filter(word -> word.startsWith("@") || word.startsWith("-XX:VMOptionsFile="))
                .findFirst()
                .map(word -> word + " names a file with further flags")
            : Optional.of(name + " starts the JVM itself, perhaps with flags of its own");
    return why.map(
        reason ->
            "Whether %s runs with %s, the setting of the variant, is unknown: %s."
                .formatted(process, String.join(" ", flags), reason));
  }

  /** Returns the last flag of the same name. */
  private static String effective(String flag, StartedWith given) {
    String prefix = flag.substring(0, flag.indexOf('=') + 1);
    String last = "";
    for (String word : words(given)) {
      last = word.startsWith(prefix) ? word : last;
    }
    return last;
  }

  /** Returns all words that may be flags, in the order in which a JVM reads them (java(1)). */
  private static List<String> words(StartedWith given) {
    List<String> words = new ArrayList<>();
    for (String source :
        List.of(
            given.environment().getOrDefault("JAVA_TOOL_OPTIONS", ""),
            given.environment().getOrDefault("JDK_JAVA_OPTIONS", ""),
            String.join(" ", given.words()),
            given.environment().getOrDefault("_JAVA_OPTIONS", ""))) {
      words.addAll(List.of(source.split("\\s+", -1)));
    }
    return words;
  }

  private Map<String, String> relevant(Map<String, String> environment) {
    Map<String, String> relevant = new TreeMap<>();
    environment.forEach(
        (name, value) -> {
          if (isRead(kind, name, value)) {
            relevant.put(name, value);
          }
        });
    return relevant;
  }

  /** Returns the name of a variable in an environment that an allocator reads, if there is one. */
  static Optional<String> given(Kind kind, Map<String, String> environment) {
    return environment.entrySet().stream()
        .filter(variable -> isRead(kind, variable.getKey(), variable.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst();
  }

  /**
   * Returns whether the allocator reads a variable: mallopt(3) and glibc's tunables; jemalloc(3),
   * any prefix; mimalloc's options, in any case; gperftools and google/tcmalloc.
   */
  private static boolean isRead(Kind kind, String name, String value) {
    return switch (kind) {
      case SYSTEM ->
          (name.startsWith("MALLOC_") && !name.equals("MALLOC_CONF"))
              || (name.equals("GLIBC_TUNABLES") && value.contains("glibc.malloc."));
      case JEMALLOC -> name.endsWith("MALLOC_CONF");
      case MIMALLOC -> name.toUpperCase(Locale.ROOT).startsWith("MIMALLOC_");
      case TCMALLOC -> name.startsWith("TCMALLOC_");
      case SNMALLOC -> name.startsWith("SNMALLOC_");
      case OTHER -> false;
    };
  }
}
