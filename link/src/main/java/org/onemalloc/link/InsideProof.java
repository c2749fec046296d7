package org.onemalloc.link;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.allocators.proof.LoaderTrace;
import org.onemalloc.allocators.proof.Starting;
import org.onemalloc.text.KernelLines;
import org.onemalloc.text.TemporaryFiles;

/**
 * Starts a JVM from a linked image and finds out, from inside, where its malloc comes from.
 *
 * <p>The application is not run. A jpackage application has no {@code java} launcher. It gets a
 * second launcher for the proof: a copy of its own in a temporary directory, which refers to the
 * same runtime.
 */
final class InsideProof {
  private static final int SECONDS = 60;

  /**
   * The oldest Java release that can load the class {@link Probe} and has the FFM API that it uses.
   */
  private static final int PROBE_RELEASE = 25;

  /** The value of JAVA_VERSION, {@code "25.0.3"}, and {@code "1.8.0_292"} of old. */
  private static final Pattern FEATURE = Pattern.compile("\"?(?:1\\.)?(\\d{1,4})");

  private final Target target;
  private final Execution execution;
  private final Path runtime;
  private final Path library;

  InsideProof(Target target, Execution execution, Path library) {
    this.target = target;
    this.execution = execution;
    this.runtime = target.runtime().orElseThrow();
    this.library = library;
  }

  List<String> run() throws IOException {
    if (execution.starting().isEmpty()) {
      return List.of("No JVM of it was started: %s.".formatted(execution.hindrance()));
    }
    if (release() < PROBE_RELEASE && execution.isOfMusl()) {
      return List.of("No JVM of it was asked: its release is older than " + PROBE_RELEASE + ".");
    }
    if (release() < PROBE_RELEASE) {
      return watchStart();
    }
    Path directory = TemporaryFiles.newDirectory("onemalloc-verify");
    try {
      Path classes = directory.resolve("classes");
      copyProbe(classes);
      Path java = runtime.resolve("bin/java");
      List<String> command =
          Files.exists(java)
              ? List.of(
                  java.toString(),
                  "-Xshare:auto",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  classes.toString(),
                  Probe.class.getName())
              : List.of(secondLauncher(directory, classes).toString());
      return judge(answers(execution.starting().get(), command, directory.resolve("output.txt")));
    } finally {
      TemporaryFiles.delete(directory);
    }
  }

  /**
   * Returns the evidence that an older release can give: the loader's bindings while a JVM starts.
   */
  private List<String> watchStart() throws IOException {
    Path java = runtime.resolve("bin/java");
    if (!Files.exists(java)) {
      return List.of();
    }
    Set<String> family = new TreeSet<>(MallocFamily.REQUIRED);
    family.addAll(MallocFamily.SELDOM);
    LoaderTrace trace =
        LoaderTrace.watch(
            execution.starting().orElseThrow(),
            List.of(java.toString(), "-version"),
            Map.of(),
            family::contains);
    Set<String> failures = new LinkedHashSet<>();
    Set<String> modules = new LinkedHashSet<>();
    for (LoaderTrace.Binding binding : trace.bindings()) {
      modules.add(binding.from());
      if (!Files.isSameFile(Path.of(binding.to()), library)) {
        failures.add(
            "%s takes %s from %s.".formatted(binding.from(), binding.symbol(), binding.to()));
      }
    }
    if (modules.stream().noneMatch(m -> m.endsWith("/libjvm.so"))) {
      failures.add("java -version does not load libjvm.so.");
    }
    if (!failures.isEmpty()) {
      throw escapes(failures);
    }
    return List.of(
        "A JVM of it, started with -version, binds malloc to it in all %d modules."
            .formatted(modules.size()));
  }

  private LinkException escapes(Set<String> failures) {
    return LinkException.unproven(
        "A JVM of %s does not use the allocator alone: %s"
            .formatted(target.root(), String.join(" ", failures)));
  }

  private int release() throws IOException {
    Properties properties = new Properties();
    Path release = runtime.resolve("release");
    if (Files.exists(release)) {
      try (InputStream in = Files.newInputStream(release)) {
        properties.load(in);
      } catch (IllegalArgumentException e) {
        return 0; // not a file of properties
      }
    }
    Matcher feature = FEATURE.matcher(properties.getProperty("JAVA_VERSION", ""));
    return feature.lookingAt() ? Integer.parseInt(feature.group(1)) : 0;
  }

  static void copyProbe(Path classes) throws IOException {
    String name = Probe.class.getName().replace('.', '/') + ".class";
    Path file = classes.resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream in = Probe.class.getResourceAsStream("/" + name)) {
      Files.write(file, in.readAllBytes());
    }
  }

  /**
   * Makes a second launcher. A launcher of jpackage reads ../lib/app/NAME.cfg, where NAME is its
   * own name.
   */
  private Path secondLauncher(Path directory, Path classes) throws IOException {
    Path own = target.programs().getFirst();
    Path launcher = Files.createDirectory(directory.resolve("bin")).resolve("probe");
    Files.copy(own, launcher);
    launcher.toFile().setExecutable(true);
    Path app = Files.createDirectories(directory.resolve("lib/app"));
    try (Stream<Path> files = Files.list(target.root().resolve("lib"))) {
      for (Path file : files.filter(f -> !f.endsWith("app")).toList()) {
        Files.createSymbolicLink(app.resolveSibling(file.getFileName()), file);
      }
    }
    Files.writeString(
        app.resolve("probe.cfg"),
        """
        [Application]
        app.classpath=%s
        app.mainclass=%s
        [JavaOptions]
        java-options=--enable-native-access=ALL-UNNAMED
        """
            .formatted(classes, Probe.class.getName()));
    return launcher;
  }

  private static List<String> answers(Starting starting, List<String> command, Path output)
      throws IOException {
    ProcessBuilder builder =
        starting
            .process(command, Map.of())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw LinkException.unproven("A JVM of the image did not end within a minute.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LinkException.unproven("Interrupted while a JVM of the image ran.");
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = KernelLines.of(output);
    if (process.exitValue() != 0) {
      throw LinkException.unproven(
          "A JVM of the image ends with exit code %d: %s"
              .formatted(process.exitValue(), String.join(" ", lines)));
    }
    return lines;
  }

  private List<String> judge(List<String> lines) throws IOException {
    Set<String> failures = new LinkedHashSet<>();
    Properties said = new Properties();
    for (String line : lines) {
      int cut = line.indexOf('=');
      said.setProperty(cut < 0 ? line : line.substring(0, cut), line.substring(cut + 1));
    }
    for (String way : List.of("process", "lookup")) {
      for (String function : Probe.FUNCTIONS) {
        String file = said.getProperty(way + "." + function, "nowhere");
        if (file.equals("nowhere") || !Files.isSameFile(Path.of(file), library)) {
          failures.add("%s's %s is that of %s.".formatted(Probe.NAMES.get(way), function, file));
        }
      }
    }
    String heap = said.getProperty("glibc", Probe.UNKNOWN);
    if (!heap.equals("0") && !heap.equals(Probe.UNKNOWN)) {
      failures.add("glibc's own heap holds %s bytes.".formatted(heap));
    }
    if (!failures.isEmpty()) {
      throw escapes(failures);
    }
    List<String> evidence = new ArrayList<>();
    evidence.add("In a JVM of it, malloc and free of the process are the allocator's.");
    evidence.add(
        "So are those of the default lookup of the Foreign Function and Memory API, and a string"
            + " from strdup was freed through it.");
    evidence.add(
        heap.equals(Probe.UNKNOWN)
            ? "What glibc's own heap holds there is unknown: this libc has neither mallinfo2 nor"
                + " mallinfo."
            : "glibc's own heap is empty there.");
    return evidence;
  }
}
