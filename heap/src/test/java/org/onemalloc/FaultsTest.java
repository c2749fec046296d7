package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a process may have to bear while it allocates, in each checked mode. */
@Tag("slow")
class FaultsTest {
  private static final String CHECKED = "-Donemalloc.checked=";

  private record Fault(String name, String mode) {}

  @TestFactory
  Stream<DynamicTest> nothingIsLost() {
    List<Fault> faults = new ArrayList<>();
    for (String name : List.of("children", "signals", "classes", "virtual")) {
      for (String mode : List.of("off", "sampled", "full")) {
        faults.add(new Fault(name, mode));
      }
    }
    return faults.stream()
        .map(f -> DynamicTest.dynamicTest(f.name + ", " + f.mode, () -> check(f.name, f.mode)));
  }

  private static void check(String name, String mode) throws Exception {
    Process process =
        start(
            name, CHECKED + mode, "-Donemalloc.checked.reach=all", "-Donemalloc.checked.period=1");
    String text = text(process.inputReader());
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains(Faults.DONE), text);
  }

  @Test
  void childrenMayBeForkedToo() throws Exception {
    Process process = start("children", "-Djdk.lang.Process.launchMechanism=FORK", CHECKED + "off");
    String text = text(process.inputReader());
    assertEquals(0, process.waitFor(), text);
  }

  @Test
  void aProcessThatIsToldToEndEndsWithoutAWord() throws Exception {
    for (String mode : List.of("off", "sampled", "full")) {
      Process process = start("forever", CHECKED + mode);
      try (BufferedReader output = process.inputReader()) {
        assertEquals("allocating", output.readLine());
        // not Process.destroy, which closes the output too
        Signals.send("TERM", process.pid());
        assertEquals(143, process.waitFor(), mode);
        String text = text(output);
        assertFalse(text.contains("onemalloc:") || text.contains("fatal"), mode + text);
      }
    }
  }

  private static Process start(String name, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(CCode.java("bin/java").toString());
    command.addAll(List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Faults.class.getName(), name));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String text(BufferedReader output) {
    StringBuilder text = new StringBuilder();
    output.lines().forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}
