package org.onemalloc.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import one.convert.Arguments;
import one.convert.FlameGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

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
  void sendsNoSignalToAProgramThatIsNotAJvm() throws Exception {
    String program = "trap 'exit 9' QUIT; echo ready; while :; do sleep .1; done";
    Process process = new ProcessBuilder("sh", "-c", program).start();
    try {
      assertEquals("ready", process.inputReader().readLine());
      ProfileException refused =
          assertThrows(
              ProfileException.class, () -> attached(process.pid(), Duration.ofSeconds(1)));
      assertTrue(refused.getMessage().contains("is not a JVM"), refused.getMessage());
      assertFalse(process.waitFor(1, TimeUnit.SECONDS), "it was ended");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void everyBlockOfEachPartIsCountedWhenAllAreRecorded() {
    Profile profile = profileOf(program(), 1);
    Part java = part(profile, "Java: org.onemalloc.profile");
    // The JDK may allocate more than the size of a direct buffer, for alignment.
    long buffers = (long) AllocatingProgram.BUFFERS * AllocatingProgram.BUFFER_BYTES;
    assertTrue(java.allocated() >= buffers && java.allocated() < buffers * 1.01, java.toString());
    assertEquals(java.allocated(), java.live());
    // The JDK makes a few small allocations on behalf of this program's code.
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

  /** Returns the stacks of a graph, one a line, read by the library that created it. */
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
      Profile profile = attached(running.pid(), Duration.ofSeconds(2));
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
  void whatIsNoJvmIsRefusedInOneSentence() throws Exception {
    assertSentence("left no recording", () -> profileOf(List.of("true"), 1));
    assertSentence("cannot be started", () -> profileOf(List.of("/no/such/program"), 1));
    assertSentence("no process", () -> attached(Integer.MAX_VALUE, Duration.ofSeconds(1)));
    Process other = new ProcessBuilder("sleep", "60").start();
    try {
      assertSentence("is not a JVM", () -> attached(other.pid(), Duration.ofSeconds(1)));
      assertTrue(other.isAlive(), "it was ended");
    } finally {
      other.destroy();
    }
  }

  @Test
  void whatIsNotSeenIsNamedBySubtraction() {
    Profile profile = profileOf(program("foreign"), 1);
    long foreign = (long) AllocatingProgram.FOREIGN_BLOCKS * AllocatingProgram.FOREIGN_BYTES;
    assertTrue(profile.live() < foreign / 2, "it is not among the parts");
    long unseen = profile.unseen().orElseThrow();
    // glibc also keeps free memory, at most some tens of MB after the start of a JVM.
    assertTrue(unseen >= foreign * 0.9 && unseen < foreign + (64 << 20), unseen + "");
    assertTrue(profile.table().contains(Parts.UNSEEN), profile.table());
    assertTrue(profile.table().contains("more than the parts explain"), profile.table());
    assertTrue(profile.page().contains(Parts.UNSEEN));
  }

  @Test
  void theRestIsUnknownUnderAnotherAllocator() {
    Path jemalloc = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(jemalloc), jemalloc + " is not installed");
    List<String> command = new ArrayList<>(List.of("env", "LD_PRELOAD=" + jemalloc));
    command.addAll(program());
    Profile profile = profileOf(command, 1);
    assertTrue(profile.held().isEmpty(), profile.held().toString());
    assertTrue(
        profile.table().contains("The amount of memory that was not seen is unknown"),
        profile.table());
  }

  /** A limit on the file size simulates a full disk. */
  @Test
  void aRecordThatIsNotWholeIsASentence() {
    String limited = "ulimit -f 16; exec " + String.join(" ", program());
    assertSentence(
        "left an incomplete recording", () -> profileOf(List.of("sh", "-c", limited), 1));
  }

  @Test
  void aJvmThatIsKilledLeavesASentenceOrWhatItHadWritten() {
    String killed = String.join(" ", program("on")) + " & sleep 3; kill -9 $!; wait";
    try {
      assertTrue(profileOf(List.of("sh", "-c", killed), 1).table().endsWith("\n"));
    } catch (ProfileException e) {
      assertTrue(e.getMessage().contains("killed"), e.getMessage());
    }
  }

  @Test
  void aJvmThatEndsMeanwhileIsSaidToHaveEnded() throws Exception {
    Process running = new ProcessBuilder(program("on")).redirectErrorStream(true).start();
    assertTrue(running.inputReader().readLine() != null, "it runs");
    Thread killer =
        Thread.startVirtualThread(
            () -> {
              try {
                Thread.sleep(2000);
              } catch (InterruptedException _) {
                return;
              }
              running.destroy();
            });
    try {
      Profile profile = attached(running.pid(), Duration.ofMinutes(10));
      assertTrue(profile.notes().toString().contains("ended before"), profile.notes() + "");
    } catch (ProfileException e) {
      assertTrue(e.getMessage().endsWith("."), e.getMessage());
    } finally {
      killer.join();
      running.destroyForcibly().waitFor();
    }
  }

  @Test
  void aTemporaryDirectoryThatTheAgentCannotBeToldOfIsNotTaken(@TempDir Path folder)
      throws Exception {
    String before = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", Files.createDirectory(folder.resolve("a, b")).toString());
    try {
      assertTrue(part(profileOf(program(), 1), "libzip.so").blocks() > 0);
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  /** A JVM of JDK 8 answers "0", newer ones answer "return code: 0". */
  @Test
  void theAnswerOfAnOldJvmIsUnderstood() {
    assertTrue(AttachedJvm.isSuccess("Failed to load agent library: 0"));
    assertTrue(AttachedJvm.isSuccess("0"));
    assertFalse(AttachedJvm.isSuccess("Failed to load agent library: 100"));
    assertFalse(AttachedJvm.isSuccess(null));
  }

  private static void assertSentence(String part, Executable use) {
    String message = assertThrows(ProfileException.class, use).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.endsWith(".") && !message.contains("\n"), message);
  }

  /** A server that handles SIGQUIT ends by an attempt to attach to it. */
  @Test
  void aProcessThatHidesWhatItIsGetsNoSignal() throws Exception {
    List<String> shell = List.of("sh", "-c", "trap 'exit 9' QUIT; while :; do sleep 0.1; done");
    Process server = new ProcessBuilder(shell).start();
    try {
      // Root reads everything, but without these capabilities not of a process that has more.
      List<String> without = List.of("setpriv", "--bounding-set=-sys_ptrace,-perfmon,-sys_admin");
      String said = output(without, List.of("cat", "/proc/%d/maps".formatted(server.pid())));
      assumeTrue(said.contains("Permission denied"), "why: no process can be hidden here: " + said);
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      String classes =
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
      said =
          output(
              without,
              List.of(java, "-cp", classes, AttachMain.class.getName(), "" + server.pid()));
      assertTrue(said.contains("may not be inspected"), said);
      assertFalse(server.waitFor(500, TimeUnit.MILLISECONDS), "it was ended");
    } finally {
      server.destroyForcibly();
    }
  }

  private static String output(List<String> before, List<String> command) throws Exception {
    List<String> words = new ArrayList<>(before);
    words.addAll(command);
    Process process;
    try {
      process = new ProcessBuilder(words).redirectErrorStream(true).start();
    } catch (IOException e) {
      return e.getMessage();
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  private static Profile attached(long pid, Duration duration) {
    AtomicReference<Profile> profile = new AtomicReference<>();
    Profiler.attach(pid, duration, 1, profile::set);
    return profile.get();
  }
}
