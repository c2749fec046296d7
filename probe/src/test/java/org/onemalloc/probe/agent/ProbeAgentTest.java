package org.onemalloc.probe.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real JVMs with the agent. The program beside it is resources/Beside.java. */
@Tag("slow")
class ProbeAgentTest {
  private static final Path JDK_25 = Path.of(System.getProperty("java.home"));
  private static final Path JDK_17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64");
  private static final Path JEMALLOC =
      Path.of(
          "/usr/lib",
          (System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64") + "-linux-gnu",
          "libjemalloc.so.2");

  private static final String RAN = "main\nsum true\nallocator %s\nproven true\n";

  @TempDir private static Path directory;
  private static Path agent;

  @BeforeAll
  static void makeJar() throws IOException {
    agent = AgentJar.in(directory);
  }

  static Stream<Path> javas() {
    return Stream.of(JDK_17, JDK_25);
  }

  /** How a program has ended, and what it has printed. */
  private record Ended(int code, String out, String errors) {}

  private static ProcessBuilder command(Path home, List<String> flags, String... arguments) {
    Assumptions.assumeTrue(
        Files.exists(home.resolve("bin/javac")), "openjdk-17-jdk-headless is not installed");
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(flags);
    command.add("src/test/resources/Beside.java");
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  private static Ended run(Path home, Map<String, String> environment, List<String> flags)
      throws Exception {
    ProcessBuilder builder = command(home, flags);
    File errors = Files.createTempFile(directory, "errors", "").toFile();
    builder.redirectError(errors).environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out, Files.readString(errors.toPath()));
  }

  private static Ended run(Path home, String options) throws Exception {
    return run(home, Map.of(), List.of("-javaagent:" + agent + options));
  }

  private static Map<String, String> jemalloc() {
    Assumptions.assumeTrue(Files.exists(JEMALLOC), "libjemalloc2 is not installed");
    return Map.of("LD_PRELOAD", JEMALLOC.toString());
  }

  @ParameterizedTest
  @MethodSource("javas")
  void withoutOptionsTheBeanIsThereAndNoThread(Path home) throws Exception {
    assertEquals(new Ended(0, RAN.formatted("system"), ""), run(home, ""));
  }

  @Test
  void theBeanCanBeLeftAway() throws Exception {
    assertEquals(new Ended(0, "main\nno bean\n", ""), run(JDK_25, "=jmx=off"));
  }

  @Test
  void aBadOptionIsReportedAndTheProgramRuns() throws Exception {
    assertEquals(
        new Ended(
            0,
            "main\nno bean\n",
            "onemalloc: port=x is not a number from 0 to 65535. Nothing is published.\n"),
        run(JDK_25, "=port=x"));
  }

  @ParameterizedTest
  @MethodSource("javas")
  void theExpectedAllocatorLetsTheProgramRun(Path home) throws Exception {
    assertEquals(new Ended(0, RAN.formatted("system"), ""), run(home, "=expect=system"));
    for (String name : List.of("jemalloc", JEMALLOC.toString())) {
      assertEquals(
          new Ended(0, RAN.formatted("jemalloc"), ""),
          run(home, jemalloc(), List.of("-javaagent:" + agent + "=expect=" + name)));
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void anotherAllocatorEndsItBeforeMain(Path home) throws Exception {
    Ended ended = run(home, "=expect=jemalloc");
    assertEquals(1, ended.code());
    assertEquals("", ended.out());
    assertTrue(
        ended
            .errors()
            .matches(
                "onemalloc: This process \\(pid \\d+\\) is not proven to run on jemalloc: system in \\S+libc\\S+ serves its malloc\\. It ends\\.\n"),
        ended.errors());
  }

  @Test
  void thePropertyMeansTheSame() throws Exception {
    List<String> flags = List.of("-Donemalloc.expect=mimalloc", "-javaagent:" + agent);
    assertEquals(1, run(JDK_25, Map.of(), flags).code());
    assertEquals(1, run(JDK_25, jemalloc(), flags).code());
  }

  @Test
  void aBadOptionDoesNotSetAsideWhatIsExpected() throws Exception {
    Ended ended = run(JDK_25, "=prt=1,expect=jemalloc");
    assertEquals(1, ended.code());
    assertEquals("", ended.out());
    assertEquals(1, run(JDK_25, "=expect=libc").code());
  }

  @Test
  void aWarningLetsTheProgramRun() throws Exception {
    Ended ended = run(JDK_25, "=expect-or-warn=jemalloc");
    assertEquals(0, ended.code());
    assertEquals(RAN.formatted("system"), ended.out());
    assertTrue(ended.errors().contains("is not proven to run on jemalloc"), ended.errors());
  }

  @Test
  void aPortThatIsInUseIsReportedAndTheProgramRuns() throws Exception {
    try (ServerSocket used = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ended ended = run(JDK_25, "=port=" + used.getLocalPort());
      assertEquals(0, ended.code());
      assertEquals(RAN.formatted("system"), ended.out());
      assertTrue(
          ended.errors().startsWith("onemalloc: port " + used.getLocalPort() + " cannot be used"),
          ended.errors());
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void metricsAreServedAndDoNotKeepTheProgramFromEnding(Path home) throws Exception {
    ProcessBuilder builder =
        command(home, List.of("-javaagent:" + agent + "=port=0"), "wait").redirectErrorStream(true);
    Process process = builder.start();
    try (BufferedReader out = process.inputReader()) {
      String said = out.readLine();
      String url = said.replaceAll(".*(http://\\S+/metrics)\\.", "$1");
      try (InputStream metrics = URI.create(url).toURL().openStream()) {
        String text = new String(metrics.readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(text.contains("\nonemalloc_resident_bytes "), text);
      }
      process.getOutputStream().close();
      assertEquals(0, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
  }

  /** Attached to a running virtual machine, it publishes, and never ends it. */
  @Test
  void attachedItPublishes() throws Exception {
    Process process = command(JDK_25, List.of(), "wait").start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("main", out.readLine());
      assertEquals("waiting", out.readLine());
      String jcmd = JDK_25.resolve("bin/jcmd").toString();
      Process attaching =
          new ProcessBuilder(
                  jcmd,
                  Long.toString(process.pid()),
                  "JVMTI.agent_load",
                  agent.toString(),
                  "\"expect=jemalloc\"") // or jcmd takes it for an option of its own
              .redirectErrorStream(true)
              .start();
      String said = new String(attaching.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, attaching.waitFor(), said);
      process.getOutputStream().close();
      assertEquals("sum true", out.readLine());
      assertEquals(0, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
  }
}
