package org.onemalloc.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OuterRunTest {
  private static Map<String, String> after(
      Map<String, String> before, Map<String, String> changes) {
    Map<String, String> environment = new HashMap<>(before);
    environment.putAll(changes);
    environment.put(OuterRun.VARIABLE, OuterRun.record(before, changes));
    return environment;
  }

  @Test
  void takesOutWhatWasAdded() {
    Map<String, String> environment =
        after(
            Map.of("A", "b"),
            Map.of("LD_PRELOAD", "/usr/lib/libjemalloc.so.2:/c/d.so", "MALLOC_CONF", "a:1,b:2"));
    OuterRun.removeFrom(environment);
    assertEquals(Map.of("A", "b"), environment);
  }

  @Test
  void leavesWhatTheUserHadAndWhatWasAddedLater() {
    Map<String, String> before = Map.of("LD_PRELOAD", "x.so y.so", "MALLOC_CONF", "b:2");
    Map<String, String> environment =
        after(before, Map.of("LD_PRELOAD", "/a.so:x.so:y.so", "MALLOC_CONF", "a:1,b:2"));
    environment.merge("LD_PRELOAD", "/new.so:", (old, more) -> more + old);
    OuterRun.removeFrom(environment);
    assertEquals(Map.of("LD_PRELOAD", "/new.so:x.so:y.so", "MALLOC_CONF", "b:2"), environment);
  }

  @Test
  void leavesAValueThatWasReplaced() {
    Map<String, String> environment = after(Map.of(), Map.of("MIMALLOC_PURGE_DELAY", "0"));
    environment.put("MIMALLOC_PURGE_DELAY", "5");
    OuterRun.removeFrom(environment);
    assertEquals(Map.of("MIMALLOC_PURGE_DELAY", "5"), environment);
  }

  @Test
  void leavesAnEnvironmentWithoutARecord() {
    Map<String, String> environment = new HashMap<>(Map.of("LD_PRELOAD", "/a.so"));
    OuterRun.removeFrom(environment);
    assertEquals(Map.of("LD_PRELOAD", "/a.so"), environment);
  }
}
