package org.onemalloc.probe.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onemalloc.inspect.process.GlibcHeap;

/**
 * The agent in programs of others, under resources/Probed.java, which compares its figures with
 * smaps_rollup and jcmd. {@code scripts/matrix} does the same on other JDKs.
 */
@Tag("slow")
class ProgramsTest {
  private static final Path JDK_25 = Path.of(System.getProperty("java.home"));
  private static final Path JDK_17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64");
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final String CLASSES = System.getProperty("java.class.path");
  private static final String HELD = "onemalloc_glibc_held_bytes";
  private static final long MB = 1 << 20;

  @TempDir private static Path directory;
  private static Path agent;

  @BeforeAll
  static void makeJar() throws Exception {
    agent = AgentJar.in(directory);
  }

  static Stream<Path> javas() {
    return Stream.of(JDK_17, JDK_25);
  }

  @ParameterizedTest
  @MethodSource("javas")
  void netty(Path home) throws Exception {
    Map<String, Long> figures =
        compare(home, "ready", "true", RESOURCES.resolve("Held.java").toString(), "netty", "64");
    long unaccounted = figures.get("onemalloc_unaccounted_bytes");
    // Of 64 MB, less what the JVM has committed and not touched.
    assertEquals(home.equals(JDK_25), unaccounted > 32 * MB, figures::toString);
  }

  @ParameterizedTest
  @MethodSource("javas")
  void parquet(Path home) throws Exception {
    Map<String, Long> figures =
        compare(home, "ready", "true", RESOURCES.resolve("Parquet.java").toString());
    assertTrue(figures.get("onemalloc_buffers_used_bytes{pool=\"direct\"}") > MB);
  }

  @Test
  void kafka() throws Exception {
    assumeJava(JDK_17);
    int port = freePort();
    int controller = freePort();
    Path settings = Files.createTempDirectory(directory, "kafka").resolve("server.properties");
    Files.writeString(
        settings,
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        controller.listener.names=CONTROLLER
        log.dirs=%3$s
        offsets.topic.replication.factor=1
        compression.type=zstd
        """
            .formatted(port, controller, settings.resolveSibling("data")));
    String java = JDK_17.resolve("bin/java") + " -cp '" + CLASSES + "' ";
    Process format =
        new ProcessBuilder(
                "sh",
                "-c",
                "exec "
                    + java
                    + "kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "
                    + settings)
            .inheritIO()
            .start();
    assertEquals(0, format.waitFor());
    String load =
        java
            + "org.apache.kafka.tools.ProducerPerformance --bootstrap-server 127.0.0.1:%d"
                .formatted(port)
            + " --topic t --num-records 50000 --record-size 1000 --throughput -1";
    Map<String, Long> figures =
        compare(JDK_17, "Kafka Server started", load, "kafka.Kafka", settings.toString());
    assertTrue(figures.get("onemalloc_memory_bytes{kind=\"files\"}") > 0); // indexes are mapped
  }

  private static void assumeJava(Path home) {
    assumeTrue(Files.exists(home.resolve("bin/javac")), "openjdk-17-jdk-headless is missing");
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Compares, also glibc's heap with what {@code inspect} sees from outside. */
  private static Map<String, Long> compare(Path home, String ready, String load, String... program)
      throws Exception {
    assumeJava(home);
    List<String> command = new ArrayList<>();
    command.add(JDK_25.resolve("bin/java").toString());
    command.add(RESOURCES.resolve("Probed.java").toString());
    command.addAll(List.of(home.toString(), agent.toString(), ready, load));
    command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"));
    if (home.equals(JDK_25)) { // otherwise Netty takes Unsafe, which the JVM accounts for
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", CLASSES));
    command.addAll(List.of(program));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader out = process.inputReader();
        BufferedWriter again = process.outputWriter()) {
      Map<String, Long> figures = read(out);
      long outside = GlibcHeap.of(figures.get("pid")).orElseThrow().heldBytes().orElseThrow();
      again.write("\n");
      again.flush();
      long before = figures.get(HELD);
      long after = read(out).get(HELD);
      assertTrue(
          outside >= Math.min(before, after) * 95 / 100
              && outside <= Math.max(before, after) * 105 / 100,
          "%d is not in %d to %d".formatted(outside, before, after));
      assertEquals(1, figures.get(proof(figures)));
      return figures;
    } finally {
      process.onExit().join();
    }
  }

  /** Reads the figures as far as the line that ends them. */
  private static Map<String, Long> read(BufferedReader out) throws IOException {
    StringBuilder said = new StringBuilder();
    Map<String, Long> figures = new TreeMap<>();
    for (String line = out.readLine(); !"compared".equals(line); line = out.readLine()) {
      assertTrue(line != null, said::toString);
      said.append(line).append('\n');
      int space = line.lastIndexOf(' ');
      if (line.matches("(pid|onemalloc_).* -?\\d+")) {
        figures.put(line.substring(0, space), Long.valueOf(line.substring(space + 1)));
      }
    }
    return figures;
  }

  private static String proof(Map<String, Long> figures) {
    return figures.keySet().stream()
        .filter(name -> name.startsWith("onemalloc_allocator_proven{allocator=\"system\""))
        .findAny()
        .orElseThrow();
  }
}
