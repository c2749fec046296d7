package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;

class PreparationTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @TempDir Path folder;

  @Test
  void putsFlagsOfTheJvmBehindItsLauncher() {
    Preparation ready = prepare("system+trim", Map.of(), JAVA, "-version");
    assertEquals(
        List.of(JAVA, "-XX:TrimNativeHeapInterval=1000", "-version"), ready.variant().command());
    assertFalse(ready.environment().containsKey("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void handsFlagsOfTheJvmToAScriptByTheEnvironment() throws Exception {
    Path script = Files.writeString(folder.resolve("start"), "#!/bin/sh\nexec java \"$@\"\n");
    assertTrue(script.toFile().setExecutable(true));
    Preparation ready =
        prepare("system+trim", Map.of("JAVA_TOOL_OPTIONS", "-Da=b"), script.toString());
    assertEquals(
        "-Da=b -XX:TrimNativeHeapInterval=1000", ready.environment().get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void preloadsTheAllocatorThenTheLookupsAnswerThenWhatWasThere() {
    Map<String, String> before = Map.of("LD_PRELOAD", "/lib/x86_64-linux-gnu/libm.so.6");
    Preparation ready = prepare("mimalloc", before, JAVA, "-version");
    List<String> objects = List.of(ready.environment().get("LD_PRELOAD").split(":", -1));
    assertEquals(3, objects.size());
    assertEquals(ready.allocator().library().orElseThrow().toString(), objects.get(0));
    assertTrue(objects.get(1).contains("libonemalloc-dlopen-"), objects.get(1));
    assertEquals("/lib/x86_64-linux-gnu/libm.so.6", objects.get(2));
  }

  @Test
  void letsTheUsersOwnTuningWin() {
    Preparation ready =
        prepare("mimalloc+tuned", Map.of("MIMALLOC_PURGE_DELAY", "77"), JAVA, "-version");
    assertFalse(ready.environment().containsKey("MIMALLOC_PURGE_DELAY"));
  }

  @Test
  void provesWhatTheJvmLoadsLaterToo() {
    Preparation ready = prepare("mimalloc", Map.of(), JAVA, "-version");
    assertTrue(
        ready.examination().proof().proven(),
        () -> ready.examination().proof().failures().toString());
  }

  private static Preparation prepare(
      String variant, Map<String, String> changes, String... command) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.putAll(changes);
    return Preparation.of(
        Stream.of(command).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList(),
        VariantName.parse(variant),
        Allocators.ofThisMachine(),
        environment);
  }
}
