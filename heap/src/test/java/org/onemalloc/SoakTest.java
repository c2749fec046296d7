package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two minutes, or with {@code -Dsoak=SECONDS} as long as that; an hour nightly. On one arena of
 * jemalloc that unmaps pages at once: what glibc and jemalloc keep for themselves under this load
 * by default is several times the live peak, with and without the heap's caches, and would hide
 * what the heap keeps. (A decay of 0 is not enough: one thread at a time purges, and when sizes
 * shift, 100 MB of freed pages wait for it.)
 */
class SoakTest {
  @Test
  void keepsLiveBytesExactAndResidentMemoryNearThePeak() throws Exception {
    int seconds = Integer.getInteger("soak", Boolean.getBoolean("nightly") ? 3600 : 120);
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.add("-XX:TieredStopAtLevel=1"); // the second compiler's memory comes and goes
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(Soak.class.getName(), Integer.toString(seconds)));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path jemalloc = CCode.installed("libjemalloc.so.2");
    builder.environment().put("LD_PRELOAD", jemalloc.toString());
    builder
        .environment()
        .put("MALLOC_CONF", "narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0,retain:false");
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains(Soak.DONE), text);
    System.out.print(text);
  }
}
