package org.onemalloc.link;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Choice;
import org.onemalloc.allocators.Setting;
import org.onemalloc.allocators.SettingsProfile;
import org.onemalloc.allocators.Tuning;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.InitialData;

/**
 * A library with settings built in, so that no environment variable is needed: its server profile,
 * or only the settings that keep the start of a program fast. Settings in the environment still
 * take precedence, because each allocator reads the environment later.
 *
 * @param file the library
 * @param settings the built-in settings, for the record
 */
/*
 * Design note. jemalloc reads the variable malloc_conf before the environment (jemalloc(3),
 * "Tuning"; obtain_malloc_conf in src/conf.c): the variable is set to a string. mimalloc keeps its
 * options in a table of struct mi_option_desc_s { long value; mi_option_init_t init; mi_option_t
 * option; const char *name; ...} (src/options.c), whose init is 0 (UNINIT) until the environment
 * has been read: the value before the name is replaced. gperftools reads its flags from the
 * environment in code, so there is no data to edit. Settings that depend on the machine where the
 * program will run are omitted, because the image is built on another machine.
 */
record BuiltInTuning(ElfFile file, String settings) {
  private static final Set<String> OF_THE_MACHINE = Set.of("narenas", "thp");
  private static final String MIMALLOC = "MIMALLOC_";
  private static final String MEBI = "MiB";
  private static final String ARENA_EAGER_COMMIT = "MIMALLOC_ARENA_EAGER_COMMIT";

  /** Returns a library with the settings of a choice that has no profile of the user's. */
  static BuiltInTuning of(Choice choice, ElfFile library) {
    Allocator allocator = choice.allocator();
    if (choice.fewestCalls()) {
      return kept(allocator, library, choice.settings());
    }
    if (!choice.tuned()) {
      return forStart(allocator, library);
    }
    List<Setting> settings =
        choice.settings().stream().filter(s -> !OF_THE_MACHINE.contains(s.name())).toList();
    if (settings.isEmpty()) {
      throw refusal(allocator, "onemalloc has no profile for it");
    }
    return of(allocator, library, settings);
  }

  /**
   * Returns a library with all settings of a profile that the user named, also with those that
   * depend on the machine: whoever names a profile knows where it is to be used.
   *
   * @throws LinkException if one of the settings cannot be built in
   */
  static BuiltInTuning of(Allocator allocator, ElfFile library, SettingsProfile profile) {
    return profile.settings().isEmpty()
        ? forStart(allocator, library)
        : of(allocator, library, profile.settings());
  }

  private static BuiltInTuning of(Allocator allocator, ElfFile library, List<Setting> settings) {
    try {
      return switch (allocator.kind()) {
        case JEMALLOC -> jemalloc(library, settings);
        case MIMALLOC -> mimalloc(allocator, library, settings);
        default -> throw refusal(allocator, "it reads its settings only from the environment");
      };
    } catch (ObjectFileException e) {
      throw LinkException.unusable(
          "%s The profile cannot be built in: link without it.".formatted(e.getMessage()), e);
    }
  }

  /**
   * Returns a library with the settings that are always built in: they make mimalloc 3 commit
   * memory only as it is used. By its own default, mimalloc 3 takes huge pages from the start, and
   * the kernel clears 2 MiB for the first block of each thread, which delays the start of a JVM by
   * 5 to 10 %. A library whose table is not as expected is not changed.
   */
  static BuiltInTuning forStart(Allocator allocator, ElfFile library) {
    return kept(
        allocator,
        library,
        Tuning.settings(allocator).stream()
            .filter(s -> s.name().equals(ARENA_EAGER_COMMIT))
            .toList());
  }

  /** Returns a library with settings that the user did not ask for, if they can be built in. */
  private static BuiltInTuning kept(Allocator allocator, ElfFile library, List<Setting> settings) {
    BuiltInTuning none = new BuiltInTuning(library, "");
    try {
      return settings.isEmpty() ? none : of(allocator, library, settings);
    } catch (LinkException _) {
      return none;
    }
  }

  private static BuiltInTuning jemalloc(ElfFile library, List<Setting> settings) {
    List<String> options = new ArrayList<>();
    settings.forEach(s -> options.add(s.name() + ":" + s.value()));
    String text = String.join(",", options);
    String variable = library.exports("malloc_conf") ? "malloc_conf" : "je_malloc_conf";
    return new BuiltInTuning(InitialData.setString(library, variable, text), text);
  }

  private static BuiltInTuning mimalloc(
      Allocator allocator, ElfFile library, List<Setting> settings) {
    ElfFile file = library;
    List<String> options = new ArrayList<>();
    for (Setting setting : settings) {
      String name = setting.name().replace(MIMALLOC, "").toLowerCase(Locale.ROOT);
      List<Long> places = InitialData.pointersTo(library, name);
      if (places.size() != 1 || initialised(library, places.getFirst())) {
        throw refusal(allocator, "its table of options has no " + name + " where it was expected");
      }
      long value = inTable(setting.value());
      file = InitialData.put(file, places.getFirst() - 2 * Long.BYTES, value);
      options.add(name + "=" + value);
    }
    return new BuiltInTuning(file, String.join(",", options));
  }

  /** Returns a value as it is in the table, where a size is in KiB (src/options.c). */
  private static long inTable(String value) {
    return value.endsWith(MEBI)
        ? 1024 * Long.parseLong(value.substring(0, value.length() - MEBI.length()))
        : Long.parseLong(value);
  }

  /**
   * Returns whether the fields before the name are not those of an unread option: init 0 (UNINIT)
   * and an option number below 256.
   */
  private static boolean initialised(ElfFile library, long name) {
    byte[] word = library.bytesAt(name - Long.BYTES, Long.BYTES);
    int asked = word[0] | word[1] | word[2] | word[3];
    return asked != 0 || word[5] != 0 || word[6] != 0 || word[7] != 0;
  }

  private static LinkException refusal(Allocator allocator, String why) {
    return LinkException.unusable(
        "The profile of %s cannot be built into its library: %s. Link without it."
            .formatted(allocator.qualifiedName(), why));
  }
}
