package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.cli.PodManifest.Container;
import org.onemalloc.cli.RecipeContext.App;

/**
 * Runs the containers of a manifest without a cluster: each in a root directory and a process
 * namespace of its own, with the directories of the volumes mounted.
 */
final class PodRun implements AutoCloseable {
  private final RecipeContext context;
  private final Path directory;
  private final PodManifest pod;
  private final Map<String, OverlayRoot> images;
  private final Path volumes;
  private final StringBuilder output = new StringBuilder();
  private int containers;
  private Process main;

  /**
   * @param directory is made, for the roots of the containers
   * @param volumes what {@link #volumes} made
   */
  PodRun(
      RecipeContext context,
      Path directory,
      PodManifest pod,
      Map<String, OverlayRoot> images,
      Path volumes)
      throws IOException {
    this.context = context;
    this.directory = Files.createDirectory(directory);
    this.pod = pod;
    this.images = images;
    this.volumes = volumes;
  }

  /** Makes the directories of the volumes in a directory. */
  static Path volumes(Path directory, PodManifest pod) throws IOException {
    for (String name : pod.volumes()) {
      Path volume = Files.createDirectory(directory.resolve(name));
      Files.setAttribute(volume, "unix:uid", pod.user());
    }
    return directory;
  }

  /** Runs the init containers, each of which must succeed. */
  void prepare() throws Exception {
    for (Container container : pod.first()) {
      Process process = start(container, container.command(), Map.of());
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertEquals(0, process.waitFor(), container.command() + "\n" + said);
    }
  }

  /**
   * Starts the main container, and returns whether its program runs; it has ended if not.
   *
   * @param standIn the command in place of that of an image which is not here
   * @param further variables that the manifest does not set
   */
  boolean begin(List<String> standIn, Map<String, String> further) throws Exception {
    Map<String, String> environment = new HashMap<>(App.SERVES);
    environment.putAll(further);
    List<String> command = pod.main().command();
    main = start(pod.main(), command.isEmpty() ? standIn : command, environment);
    BufferedReader lines = new BufferedReader(new InputStreamReader(main.getInputStream(), UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.append(line).append('\n');
      if (line.equals(App.LINKED) || line.equals(App.NOT_LINKED)) {
        return true;
      }
    }
    return false;
  }

  String output() {
    return output.toString();
  }

  /** Returns the exit code of the main container, which has ended by itself. */
  int exitCode() throws InterruptedException {
    return main.waitFor();
  }

  /** Runs the command of a probe in the main container, and returns its exit code. */
  int probe(List<String> command) throws Exception {
    long first = main.children().findFirst().orElseThrow().pid();
    List<String> words = new ArrayList<>(List.of("nsenter", "--target", Long.toString(first)));
    words.addAll(List.of("--mount", "--pid", "--root", "--wd"));
    words.addAll(List.of("setpriv", "--reuid=" + pod.user(), "--regid=" + pod.user()));
    words.addAll(List.of("--clear-groups", "--"));
    words.addAll(withEnvironment(pod.main().environment(), command));
    Process probe = process(words);
    output.append(new String(probe.getInputStream().readAllBytes(), UTF_8));
    return probe.waitFor();
  }

  private Process start(Container container, List<String> command, Map<String, String> further)
      throws Exception {
    OverlayRoot image = images.get(container.image());
    if (image == null) {
      throw new AssertionError("no image " + container.image());
    }
    OverlayRoot root =
        OverlayRoot.create(directory.resolve("container" + containers++), image.hasJdk());
    // The files of the image by links, not as a layer: overlay refuses one below another's, "/".
    context.run(directory, "cp", "-alT", image.layer().toString(), root.layer().toString());
    Map<String, Path> mounts = new HashMap<>();
    container.mounts().forEach((path, volume) -> mounts.put(path, volumes.resolve(volume)));
    List<String> words = root.enter(mounts, pod.user());
    Map<String, String> environment = new HashMap<>(container.environment());
    environment.putAll(further);
    words.addAll(withEnvironment(environment, command));
    return process(words);
  }

  /** Of the container's program alone: the programs that start it must not preload a library. */
  private static List<String> withEnvironment(
      Map<String, String> environment, List<String> command) {
    List<String> words = new ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> words.add(name + "=" + value));
    words.addAll(command);
    return words;
  }

  private Process process(List<String> words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(ImageBuild.environment(pod.user()));
    return builder.start();
  }

  @Override
  public void close() {
    if (main != null) {
      main.destroyForcibly().onExit().join();
    }
  }
}
