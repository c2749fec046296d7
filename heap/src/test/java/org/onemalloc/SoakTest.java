package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two minutes, or with {@code -Dsoak=SECONDS} as long as that; an hour nightly. On tcmalloc, told
 * to give pages back at once: what allocators keep for themselves under this load is several times
 * the live peak, with and without the heap's caches, and would hide what the heap keeps. (jemalloc
 * with a decay of 0 purges in one thread at a time: while that one waits for a processor, the pages
 * that others free wait for it.)
 */
@Tag("slow")
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
    Path tcmalloc = CCode.installed("libtcmalloc_minimal.so.4");
    builder.environment().put("LD_PRELOAD", tcmalloc.toString());
    builder.environment().put("TCMALLOC_AGGRESSIVE_DECOMMIT", "t");
    builder.environment().put("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", "1048576");
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains(Soak.DONE), text);
    System.out.print(text);
  }
}
