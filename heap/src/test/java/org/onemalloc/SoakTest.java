package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two minutes, or with {@code -Dsoak=SECONDS} as long as that; an hour nightly. */
class SoakTest {
  @Test
  void keepsLiveBytesExactAndResidentMemoryNearThePeak() throws Exception {
    int seconds = Integer.getInteger("soak", Boolean.getBoolean("nightly") ? 3600 : 120);
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(Soak.class.getName(), Integer.toString(seconds)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains(Soak.DONE), text);
    System.out.print(text);
  }
}
