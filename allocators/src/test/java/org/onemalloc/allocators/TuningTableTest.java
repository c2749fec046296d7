package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuningTableTest {
  private static final Allocators HERE = Allocators.ofThisMachine();

  private static final Map<Kind, List<List<Setting>>> TABLES =
      Map.of(
          Kind.SYSTEM, TuningTable.system(8, true),
          Kind.JEMALLOC, TuningTable.jemalloc(8, "madvise"),
          Kind.MIMALLOC, TuningTable.mimalloc("3.5.0"),
          Kind.TCMALLOC, TuningTable.tcmalloc());

  @Test
  void everyCombinationIsAProfileWithASourceForEachSetting() {
    TABLES.forEach(
        (kind, table) -> {
          assertEquals(table.size(), new HashSet<>(table).size(), kind + " has one twice");
          for (List<Setting> settings : table) {
            for (Setting setting : settings) {
              assertFalse(setting.source().isBlank(), setting.name());
              assertTrue(setting.reason().endsWith("."), setting.reason());
            }
            String text = new SettingsProfile("p", kind.word(), kind, settings).text(List.of());
            assertEquals(settings.size(), SettingsProfile.parse("p", text).settings().size());
          }
        });
  }

  @Test
  void trimsOnlyWhereAJvmRuns() {
    assertTrue(TABLES.get(Kind.SYSTEM).toString().contains("TrimNativeHeapInterval"));
    assertFalse(TuningTable.system(8, false).toString().contains("TrimNativeHeapInterval"));
    assertTrue(TuningTable.mimalloc("2.0.9").isEmpty());
  }

  private static String output(Allocator allocator, List<Setting> settings, String more) {
    SettingsProfile profile =
        new SettingsProfile("p", allocator.name(), allocator.kind(), settings);
    Map<String, String> user = new HashMap<>();
    String variable =
        allocator.kind() == Kind.JEMALLOC ? allocator.configuration() : "MIMALLOC_VERBOSE";
    user.put(variable, more);
    Map<String, String> environment = new HashMap<>(user);
    environment.putAll(new Choice(allocator, false).with(profile).environment(user, true));
    environment.put("LD_PRELOAD", allocator.library().orElseThrow().toString());
    return Shell.run(environment, "/bin/true").output();
  }

  @Test
  void everyJemallocKnowsEverySetting() {
    for (Allocator allocator : HERE.all()) {
      if (allocator.kind() == Kind.JEMALLOC) {
        for (List<Setting> settings : TuningTable.jemalloc(2, "madvise")) {
          String said = output(allocator, settings, "abort_conf:true");
          assertEquals("", said, allocator.qualifiedName() + " " + settings);
        }
      }
    }
  }

  @Test
  void mimallocReadsEverySetting() {
    Allocator bundled = HERE.find("mimalloc@bundled");
    for (List<Setting> settings : TuningTable.of(bundled, false)) {
      String said = output(bundled, settings, "1");
      for (Setting setting : settings) {
        String name = setting.name().replace("MIMALLOC_", "").toLowerCase(Locale.ROOT);
        String value = setting.value().equals("64MiB") ? "65536" : setting.value();
        String read = "'%s': %s ".formatted(name, value);
        assertTrue(said.contains(read), () -> "not read: " + read + "\n" + said);
      }
    }
  }
}
