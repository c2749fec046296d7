package org.onemalloc.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Applications on a real cluster of two workers, whose executors are JVMs of their own: Spark's
 * {@code local-cluster}, from the jars of the class path.
 */
@Tag("long")
class LocalClusterTest {
  private static final Path JEMALLOC =
      Path.of("/usr/lib", machine() + "-linux-gnu", "libjemalloc.so.2");

  /** Not a temporary directory: JUnit would warn of each link to a jar that it removes there. */
  private static final Path HOME = Path.of("target/local-cluster").toAbsolutePath();

  private Path application;
  private Path evidence;

  private static String machine() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
  }

  /** Makes a SPARK_HOME of links, and the jar of the application. */
  @BeforeEach
  void prepare() throws IOException {
    Assumptions.assumeTrue(Files.exists(JEMALLOC), JEMALLOC + " is not installed");
    remove();
    Path jars = Files.createDirectories(HOME.resolve("jars"));
    Files.createFile(HOME.resolve("RELEASE"));
    application = HOME.resolve("application.jar");
    evidence = HOME.resolve("evidence.jsonl");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(application))) {
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        Path path = Path.of(entry);
        if (Files.isDirectory(path)) {
          add(path, jar);
        } else {
          Files.createSymbolicLink(jars.resolve(path.getFileName()), path);
        }
      }
    }
  }

  private static void remove() throws IOException {
    if (Files.exists(HOME)) {
      try (Stream<Path> files = Files.walk(HOME)) {
        for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
          Files.delete(file);
        }
      }
    }
  }

  private static void add(Path classes, JarOutputStream jar) throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        jar.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, (OutputStream) jar);
      }
    }
  }

  @Test
  void executorsProveTheAllocatorThatTheyWereGiven() throws Exception {
    String output =
        submit(0, "spark.executorEnv.LD_PRELOAD=" + JEMALLOC, "spark.onemalloc.require=jemalloc");
    assertTrue(output.contains("SUM 4950"), output);
    List<String> lines = Files.readAllLines(evidence);
    assertEquals(3, lines.size(), String.join("\n", lines));
    assertTrue(lines.get(0).contains("\"id\": \"driver\""), lines.get(0));
    assertTrue(lines.get(0).contains("\"allocator\": \"system\""), lines.get(0));
    for (int executor = 0; executor < 2; executor++) {
      String line = lines.get(executor + 1);
      assertTrue(line.contains("\"id\": \"" + executor + "\""), line);
      assertTrue(line.contains("\"allocator\": \"jemalloc\""), line);
      assertTrue(line.contains("\"proof\": {\"proven\": true"), line);
      assertTrue(line.contains("\"glibcBytes\": 0,"), line);
    }
  }

  @Test
  void anExecutorThatIsNotProvenEndsTheApplicationWithOneSentence() throws Exception {
    String output = submit(3, "spark.onemalloc.require=jemalloc");
    List<String> said = output.lines().filter(line -> line.startsWith("onemalloc: ")).toList();
    assertEquals(1, said.size(), output);
    assertTrue(
        said.getFirst()
            .matches(
                "onemalloc: executor [01] on .* is not proven to run on jemalloc: system in .*"
                    + "libc.so.6 serves its malloc. The application ends."),
        output);
  }

  @Test
  void aNameThatIsNoAllocatorEndsTheApplication() throws Exception {
    String output = submit(3, "spark.onemalloc.require=jemaloc");
    assertTrue(output.contains("onemalloc: spark.onemalloc.require=jemaloc is neither"), output);
  }

  private String submit(int expected, String... settings) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    words.addAll(List.of("-cp", HOME + "/jars/*", "-Xmx600m", "-XX:+UseSerialGC"));
    words.addAll(List.of(JavaModuleOptions.defaultModuleOptions().strip().split(" +")));
    words.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master"));
    words.addAll(List.of("local-cluster[2,1,1024]", "--class", SmallJob.class.getName()));
    Stream.concat(
            Stream.of(
                "spark.plugins=" + OnemallocPlugin.class.getName(),
                "spark.onemalloc.evidence=" + evidence,
                "spark.onemalloc.interval=1s",
                "spark.ui.enabled=false",
                "spark.driver.host=127.0.0.1",
                "spark.driver.bindAddress=127.0.0.1",
                "spark.executor.memory=600m"),
            Arrays.stream(settings))
        .forEach(setting -> words.addAll(List.of("--conf", setting)));
    words.add(application.toString());
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_HOSTNAME", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_DIRS", HOME.resolve("local").toString());
    builder.environment().put("SPARK_WORKER_DIR", HOME.resolve("work").toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Path log = HOME.resolve("output.log");
    Process process = builder.redirectOutput(log.toFile()).start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String output = Files.readString(log);
    assertEquals(expected, process.exitValue(), output);
    return output;
  }
}
