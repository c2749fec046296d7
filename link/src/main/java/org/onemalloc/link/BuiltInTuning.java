package org.onemalloc.link;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Setting;
import org.onemalloc.allocators.Tuning;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.InitialData;

/**
 * A library with settings built in, so that no environment variable is needed: its server profile,
 * or only what keeps the start of a program quick. What the user sets in the environment still
 * wins, because each allocator reads that later.
 *
 * @param file the library
 * @param settings what is built in, for the record
 */
/*
 * Design note. jemalloc reads the variable malloc_conf before its environment (jemalloc(3),
 * "Tuning"; obtain_malloc_conf in src/conf.c): it gets a string. mimalloc keeps its options in a table of
 * struct mi_option_desc_s { long value; mi_option_init_t init; mi_option_t option; const char *name; ...}
 * (src/options.c), whose init is 0 (UNINIT) until the environment has been asked: the value before the
 * name is replaced. gperftools reads its flags from the environment through code, so there is nothing to
 * edit. Settings that depend on the machine where the program will run are left out: the image is built
 * elsewhere.
 */
record BuiltInTuning(ElfFile file, String settings) {
  private static final Set<String> OF_THE_MACHINE = Set.of("narenas", "thp");
  private static final String MIMALLOC = "MIMALLOC_";
  private static final String ARENA_EAGER_COMMIT = "MIMALLOC_ARENA_EAGER_COMMIT";

  static BuiltInTuning of(Allocator allocator, ElfFile library) {
    List<Setting> settings =
        Tuning.settings(allocator).stream()
            .filter(s -> !OF_THE_MACHINE.contains(s.name()))
            .toList();
    if (settings.isEmpty()) {
      throw refusal(allocator, "there is none");
    }
    try {
      return switch (allocator.kind()) {
        case JEMALLOC -> jemalloc(library, settings);
        case MIMALLOC -> mimalloc(allocator, library, settings);
        default -> throw refusal(allocator, "it takes its settings from the environment alone");
      };
    } catch (ObjectFileException e) {
      throw LinkException.unusable(
          "%s The profile cannot be built in: link without it.".formatted(e.getMessage()), e);
    }
  }

  /**
   * What is built in without being asked for: a mimalloc 3 that takes memory as it is used. As it
   * comes it takes huge pages from the start, and the kernel clears 2 MiB for each thread's first
   * block: a JVM starts 5 to 10 % later. A library whose table is not as expected stays as it is.
   */
  static BuiltInTuning forStart(Allocator allocator, ElfFile library) {
    List<Setting> settings =
        Tuning.settings(allocator).stream()
            .filter(s -> s.name().equals(ARENA_EAGER_COMMIT))
            .toList();
    BuiltInTuning none = new BuiltInTuning(library, "");
    try {
      return settings.isEmpty() ? none : mimalloc(allocator, library, settings);
    } catch (ObjectFileException | LinkException _) {
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
      long value = Long.parseLong(setting.value());
      file = InitialData.put(file, places.getFirst() - 2 * Long.BYTES, value);
      options.add(name + "=" + value);
    }
    return new BuiltInTuning(file, String.join(",", options));
  }

  /** Whether the word before the name is not "asked for: no" and a small option number. */
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
