package org.onemalloc.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import one.convert.Arguments;
import one.convert.FlameGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("slow")
final class ProfilerTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();

  private static List<String> program(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                JAVA,
                "-XX:-MaxFDLimit",
                "-cp",
                System.getProperty("java.class.path").split(File.pathSeparator, -1)[0],
                "org.onemalloc.profile.AllocatingProgram"));
    command.addAll(List.of(arguments));
    return command;
  }

  private static Profile profileOf(List<String> command, long every) {
    AtomicReference<Profile> profile = new AtomicReference<>();
    Profiler.run(command, every, profile::set);
    return profile.get();
  }

  private static Part part(Profile profile, String name) {
    return profile.parts().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + profile.parts()));
  }

  @Test
  void everyBlockOfEachPartIsCountedWhenAllAreRecorded() {
    Profile profile = profileOf(program(), 1);
    Part java = part(profile, "Java: org.onemalloc.profile");
    // A direct buffer is the JDK's: its size plus what it adds for alignment.
    long buffers = (long) AllocatingProgram.BUFFERS * AllocatingProgram.BUFFER_BYTES;
    assertTrue(java.allocated() >= buffers && java.allocated() < buffers * 1.01, java.toString());
    assertEquals(java.allocated(), java.live());
    // A few small ones are the JDK's own, made on behalf of this program's code.
    long more = java.blocks() - AllocatingProgram.BUFFERS;
    assertTrue(more >= 0 && more < 10, java.toString());
    assertEquals("org.onemalloc.profile.AllocatingProgram.keepBuffers", java.caller());
    Part zip = part(profile, "libzip.so");
    // zlib's deflate state with the default level: 268 KB (zlib.h, "Memory requirements").
    assertTrue(zip.allocated() > AllocatingProgram.DEFLATERS * 250_000L, zip.toString());
    assertTrue(zip.live() < 1_000_000, "what was freed is not live: " + zip);
    assertTrue(part(profile, Parts.JVM).blocks() > 1000);
  }

  @Test
  void samplesStandForWhatLiesBetweenThem() {
    Profile profile = profileOf(program(), 100_000);
    Part java = part(profile, "Java: org.onemalloc.profile");
    assertEquals(AllocatingProgram.BUFFERS, java.blocks(), "larger than the interval: all seen");
    Part zip = part(profile, "libzip.so");
    double seen = zip.allocated() / (AllocatingProgram.DEFLATERS * 268_000.0);
    assertTrue(seen > 0.6 && seen < 1.6, zip.toString());
  }

  @Test
  void theGraphsStandOnTheParts() throws IOException {
    Profile profile = profileOf(program(), 1);
    assertTrue(
        stacks(profile.allocatedGraph())
            .matches(
                "(?s).*\\[libzip.so\\]_\\[k\\];\\S*AllocatingProgram.deflateAndEnd\\S*;deflateInit2_.*"));
    assertTrue(stacks(profile.liveGraph()).contains("[Java: org.onemalloc.profile]_[k];"));
  }

  /** The graph read back by those who draw it: a line a stack. */
  private static String stacks(String page) throws IOException {
    FlameGraph graph = new FlameGraph(new Arguments("-o", "collapsed"));
    graph.parseHtml(new StringReader(page));
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    graph.dump(lines);
    return lines.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aRunningJvmIsProfiledAndGoesOn() throws Exception {
    Process running = new ProcessBuilder(program("on")).redirectErrorStream(true).start();
    try {
      assertTrue(running.inputReader().readLine() != null, "it runs");
      Profile profile = Profiler.attach(running.pid(), Duration.ofSeconds(2), 1);
      assertTrue(part(profile, "Java: org.onemalloc.profile").live() > 0);
      assertTrue(running.isAlive());
    } finally {
      running.destroyForcibly().waitFor();
    }
  }

  @Test
  void theProgramsExitCodeIsKept() {
    List<String> command = List.of("sh", "-c", JAVA + " -version; exit 3");
    assertEquals(3, Profiler.run(command, 1, _ -> {}));
  }

  @Test
  void whatIsNoJvmIsRefusedInOneSentence() {
    assertSentence("left no record", () -> profileOf(List.of("true"), 1));
    assertSentence("cannot be started", () -> profileOf(List.of("/no/such/program"), 1));
    assertSentence(
        "no process", () -> Profiler.attach(Integer.MAX_VALUE, Duration.ofSeconds(1), 1));
    assertSentence("cannot be attached to", () -> Profiler.attach(1, Duration.ofSeconds(1), 1));
  }

  private static void assertSentence(String part, Executable use) {
    String message = assertThrows(ProfileException.class, use).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.endsWith(".") && !message.contains("\n"), message);
  }
}
