package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuningTest {
  private static final Allocators HERE = Allocators.ofThisMachine();

  private static List<Allocator> ofKind(Kind kind) {
    return HERE.all().stream().filter(allocator -> allocator.kind() == kind).toList();
  }

  private static String output(Allocator allocator, Map<String, String> user) {
    Map<String, String> environment = new HashMap<>(user);
    environment.putAll(Tuning.environment(allocator, user, true));
    environment.put("LD_PRELOAD", allocator.library().orElseThrow().toString());
    return Shell.run(environment, "/bin/true").output();
  }

  @Test
  void jemallocTakesEverySettingAndTheUsersLast() {
    for (Allocator allocator : ofKind(Kind.JEMALLOC)) {
      String user = "stats_print:true,stats_print_opts:Jmdablxeh,dirty_decay_ms:777";
      String output = output(allocator, Map.of(allocator.configuration(), user));
      assertTrue(output.startsWith("{"), output);
      assertTrue(output.contains("\"background_thread\":true"), output);
      assertTrue(output.contains("\"muzzy_decay_ms\":0"), output);
      assertTrue(output.contains("\"dirty_decay_ms\":777"), output);
      assertFalse(output.contains("\"dirty_decay_ms\":1000"), output);
    }
  }

  @Test
  void aJemallocWithAPrefixGetsTheUsersMallocConfEvenWithoutAProfile() {
    Allocator bundled = HERE.find("jemalloc@bundled");
    assertEquals("JE_MALLOC_CONF", bundled.configuration());
    assertEquals(
        Map.of("JE_MALLOC_CONF", "narenas:3,narenas:5"),
        new Choice(bundled, false)
            .environment(Map.of("MALLOC_CONF", "narenas:3", "JE_MALLOC_CONF", "narenas:5")));
    assertEquals(Map.of(), new Choice(bundled, false).environment(Map.of()));
  }

  @Test
  void mimallocReadsEverySetting() {
    Allocator bundled = HERE.find("mimalloc@bundled");
    String output = output(bundled, Map.of("MIMALLOC_VERBOSE", "1"));
    assertTrue(output.contains("'purge_delay': 0 "), output);
    assertTrue(output.contains("'arena_eager_commit': 0 "), output);
    assertFalse(output.contains("mimalloc: warning"), output);
  }

  @Test
  void mimallocKeepsWhatTheUserSetUnderAnyOfItsNames() {
    Allocator bundled = HERE.find("mimalloc@bundled");
    for (String name :
        List.of("MIMALLOC_PURGE_DELAY", "mimalloc_purge_delay", "MIMALLOC_RESET_DELAY")) {
      Map<String, String> user = Map.of(name, "50", "MIMALLOC_VERBOSE", "1");
      assertFalse(Tuning.environment(bundled, user, true).containsKey("MIMALLOC_PURGE_DELAY"));
      assertTrue(output(bundled, user).contains("'purge_delay': 50 "), output(bundled, user));
    }
  }

  @Test
  void countsArenasByTheCpusOfTheContainer() {
    assertEquals("narenas:8", option(Tuning.jemalloc(2, "madvise"), "narenas"));
    assertEquals("narenas:1", option(Tuning.jemalloc(1, "madvise"), "narenas"));
  }

  @Test
  void turnsHugePagesOffOnlyWhereTheKernelMakesThemAlways() {
    assertEquals("thp:never", option(Tuning.jemalloc(2, "always"), "thp"));
    assertEquals("", option(Tuning.jemalloc(2, "madvise"), "thp"));
  }

  @Test
  void hasNoProfileForAMimallocThatPurgesSoonAnyhow() {
    assertTrue(Tuning.mimalloc("2.0.9").isEmpty());
  }

  @Test
  void saysWhereEverySettingComesFrom() {
    for (Allocator allocator : HERE.all()) {
      for (Setting setting : Tuning.settings(allocator)) {
        assertFalse(setting.source().isBlank(), setting.name());
        assertTrue(setting.reason().endsWith("."), setting.reason());
      }
    }
  }

  private static String option(List<Setting> settings, String name) {
    return settings.stream()
        .filter(setting -> setting.name().equals(name))
        .map(Setting::option)
        .findFirst()
        .orElse("");
  }
}
