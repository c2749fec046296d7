package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The files that the recipes of docs/recipes.md start with. */
final class RecipeContext {
  private static final String JAVA = System.getProperty("java.home");

  /** The modules of a program with the agent onemalloc-probe.jar. */
  private static final String MODULES =
      "java.base,java.instrument,java.management,jdk.management,jdk.httpserver";

  private final Path directory;

  /** Makes the files below a directory. */
  RecipeContext(Path directory) throws Exception {
    this.directory = directory;
    Path jars = Files.createDirectories(files().resolve("jars"));
    Path source = Files.writeString(files().resolve("App.java"), App.SOURCE);
    run(files(), JAVA + "/bin/javac", "-d", files() + "/classes", source.toString());
    Path app = files().resolve("app.jar");
    String classes = files() + "/classes";
    run(files(), JAVA + "/bin/jar", "-c", "-f", app.toString(), "-e", "App", "-C", classes, ".");
    Files.copy(app, jars.resolve("app.jar"));
    command(files().resolve("onemalloc.jar"));
    probe(files().resolve("onemalloc-probe.jar"));
    Path script = directory.resolve("bin/onemalloc");
    Files.createDirectory(script.getParent());
    Files.writeString(
        script,
        "#!/bin/sh\nexec %s/bin/java -jar %s/onemalloc.jar \"$@\"\n".formatted(JAVA, files()));
    assertTrue(script.toFile().setExecutable(true));
    run(files(), JAVA + "/bin/jlink", "--add-modules", MODULES, "--output", small().toString());
  }

  /** Returns the directory from which a recipe copies. */
  Path files() {
    return directory.resolve("context");
  }

  /** Returns a Java runtime on the malloc of the system. */
  Path small() {
    return directory.resolve("small");
  }

  /** Runs a program, which must succeed, with the command in its path. */
  String run(Path where, String... command) throws Exception {
    Ended ended = end(where, Map.of(), command);
    assertEquals(0, ended.exitCode(), List.of(command) + "\n" + ended.output());
    return ended.output();
  }

  record Ended(int exitCode, String output) {}

  Ended end(Path where, Map<String, String> environment, String... command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
    builder.environment().remove("LD_PRELOAD");
    builder
        .environment()
        .put("PATH", "%s/bin:%s/bin:%s".formatted(directory, JAVA, System.getenv("PATH")));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), output);
  }

  /** Returns whether this user can mount an overlay, which a container's root is here. */
  boolean canMount() throws Exception {
    Path trial = Files.createTempDirectory(directory, "trial");
    OverlayRoot root = OverlayRoot.create(trial.resolve("root"), false);
    List<String> command = root.enter(Map.of(), 0);
    command.add("true");
    return Onemalloc.run(Map.of(), command).exitCode() == 0;
  }

  /** Creates the command of this build under the name with which it is shipped. */
  private static void command(Path jar) throws IOException {
    List<String> places =
        Stream.of(Onemalloc.classPath().split(":", -1))
            .map(place -> Path.of(place).toUri().toString())
            .toList();
    Manifest manifest = new Manifest();
    Attributes entries = manifest.getMainAttributes();
    entries.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    entries.put(Attributes.Name.MAIN_CLASS, Main.class.getName());
    entries.put(Attributes.Name.CLASS_PATH, String.join(" ", places));
    entries.putValue("Enable-Native-Access", "ALL-UNNAMED");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  /** Creates the agent of this build, with the manifest that the build gives it. */
  private static void probe(Path jar) throws IOException {
    Path module = Path.of("../probe");
    Path classes = module.resolve("target/classes");
    Manifest manifest = new Manifest();
    try (InputStream version = new ByteArrayInputStream("Manifest-Version: 1.0\n".getBytes(UTF_8));
        InputStream rest = Files.newInputStream(module.resolve("src/main/manifest/MANIFEST.MF"))) {
      manifest.read(new SequenceInputStream(version, rest));
    }
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
  }

  /**
   * The application that the recipes ship. It prints whether it runs on an allocator that was
   * linked, and does not end by itself if it is told to serve.
   */
  static final class App {
    static final String LINKED = "linked";
    static final String NOT_LINKED = "not linked";
    static final Map<String, String> SERVES = Map.of("APP_SERVES", "true");
    private static final String SOURCE =
        """
        import java.nio.file.*;
        class App {
          public static void main(String[] arguments) throws Exception {
            boolean linked = Files.readString(Path.of("/proc/self/maps")).contains("/lib/onemalloc/libmimalloc.so");
            System.out.println(linked ? "linked" : "not linked");
            if (System.getenv("APP_SERVES") != null) Thread.sleep(Long.MAX_VALUE);
          }
        }
        """;

    private App() {}
  }
}
