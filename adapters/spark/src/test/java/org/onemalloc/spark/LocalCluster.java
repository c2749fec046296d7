package org.onemalloc.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
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

/**
 * A SPARK_HOME of links to the jars of the class path, with the settings and the {@code
 * spark-submit} of examples/spark: a real cluster of two workers, whose executors are JVMs of their
 * own.
 *
 * @param home the directory
 */
record LocalCluster(Path home) {
  static final Path JEMALLOC = Path.of("/usr/lib", machine() + "-linux-gnu", "libjemalloc.so.2");

  private static final Path EXAMPLE = Path.of("../../examples/spark").toAbsolutePath().normalize();

  private static String machine() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
  }

  /**
   * Makes it anew.
   *
   * @param name the name of the directory, which no other test class uses
   */
  static LocalCluster prepare(String name) throws IOException {
    Assumptions.assumeTrue(Files.exists(JEMALLOC), JEMALLOC + " is not installed");
    // Not a temporary directory: JUnit would warn of each link to a jar that it removes there.
    Path home = Path.of("target", name).toAbsolutePath();
    remove(home);
    Path jars = Files.createDirectories(home.resolve("jars"));
    Files.createFile(home.resolve("RELEASE"));
    List<Path> plugin =
        new ArrayList<>(); // its classes and those of probe, as in the jar that is shipped
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        if (path.endsWith("test-classes")) {
          jar(List.of(path), home.resolve("application.jar"));
        } else {
          plugin.add(path);
        }
      } else if (path.getFileName().toString().startsWith("onemalloc-")) {
        plugin.add(path);
      } else {
        Files.createSymbolicLink(jars.resolve(path.getFileName()), path);
      }
    }
    jar(plugin, home.resolve("onemalloc-spark.jar"));
    Path settings = Files.createDirectory(home.resolve("conf"));
    copy("spark-defaults.conf", settings);
    Files.writeString(
        settings.resolve("java.options"),
        JavaModuleOptions.defaultModuleOptions().strip().replaceAll(" +", "\n"));
    copy("spark-submit", Files.createDirectory(home.resolve("bin")));
    return new LocalCluster(home);
  }

  private static void remove(Path home) throws IOException {
    if (Files.exists(home)) {
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
          Files.delete(file);
        }
      }
    }
  }

  /** Makes a jar of directories, and of jars that are among them. */
  private static void jar(List<Path> parts, Path target) throws IOException {
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(target))) {
      for (Path part : parts) {
        if (Files.isDirectory(part)) {
          add(part, jar);
        } else {
          try (FileSystem inside = FileSystems.newFileSystem(part)) {
            add(inside.getPath("/"), jar);
          }
        }
      }
    }
  }

  private static void add(Path directory, JarOutputStream jar) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String name = directory.relativize(file).toString();
        if (name.endsWith(".class") && !name.equals("module-info.class")) {
          jar.putNextEntry(new ZipEntry(name));
          Files.copy(file, (OutputStream) jar);
        }
      }
    }
  }

  private static void copy(String file, Path directory) throws IOException {
    Files.copy(EXAMPLE.resolve(file), directory.resolve(file)); // and its permissions
  }

  /** Returns the words that submit {@link SmallJob} with the plugin's jar. */
  List<String> submission(String... settings) {
    List<String> words = new ArrayList<>();
    words.add(home.resolve("bin/spark-submit").toString());
    words.addAll(List.of("--jars", home.resolve("onemalloc-spark.jar").toString()));
    words.addAll(List.of("--class", SmallJob.class.getName()));
    Arrays.stream(settings).forEach(setting -> words.addAll(List.of("--conf", setting)));
    words.add(home.resolve("application.jar").toString());
    return words;
  }

  /**
   * The end of a command.
   *
   * @param exitCode its exit code
   * @param output what it printed
   */
  record Ended(int exitCode, String output) {}

  /** Runs a command, with the tests' Java as the JAVA_HOME. */
  Ended run(List<String> words) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("ONEMALLOC_AS_BUILT", "1");
    Path log = home.resolve("output.log");
    Process process = builder.redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(10, TimeUnit.MINUTES)) {
        throw new AssertionError(words + " did not end: " + Files.readString(log));
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    return new Ended(process.exitValue(), Files.readString(log));
  }
}
