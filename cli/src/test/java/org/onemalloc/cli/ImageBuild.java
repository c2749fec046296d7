package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Executes a Dockerfile without a container engine. Each stage is an overlay over this machine's
 * root directory. Each command runs in its own mount namespace.
 */
final class ImageBuild {
  private static final Pattern FROM = Pattern.compile("FROM (\\S+)(?: AS (\\S+))?");
  private static final Pattern COPY = Pattern.compile("COPY (?:--from=(\\S+) )?(\\S+) (\\S+)");
  private static final Pattern ENV = Pattern.compile("ENV (\\S+=\\S+)");

  private final Path directory;
  private final RecipeContext context;
  private final Map<String, OverlayRoot> stages = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private OverlayRoot stage;

  /** The command that starts the last stage; empty if the stage inherits that of its base. */
  private String entryPoint = "";

  /**
   * @param images the images that the Dockerfile copies from and does not build itself
   */
  ImageBuild(Path directory, RecipeContext context, Map<String, OverlayRoot> images) {
    this.directory = directory;
    this.context = context;
    stages.putAll(images);
  }

  /** Returns the environment of every container. */
  static Map<String, String> environment(int user) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", OverlayRoot.JAVA + "/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("JAVA_HOME", OverlayRoot.JAVA);
    environment.put("HOME", user == 0 ? "/root" : "/");
    return environment;
  }

  void run(String dockerfile) throws Exception {
    for (String line : dockerfile.replace("\\\n", " ").split("\n", -1)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        step(line.strip());
      }
    }
  }

  String entryPoint() {
    return entryPoint;
  }

  /** Returns the root directory of the last stage. */
  OverlayRoot image() {
    return stage;
  }

  private void step(String line) throws Exception {
    Matcher from = FROM.matcher(line);
    Matcher copy = COPY.matcher(line);
    Matcher env = ENV.matcher(line);
    if (from.matches()) {
      begin(from.group(1), from.group(2) == null ? "last" : from.group(2));
    } else if (copy.matches()) {
      Path source =
          copy.group(1) == null
              ? context.files().resolve(copy.group(2))
              : Path.of(stages.get(copy.group(1)).layer() + copy.group(2));
      // As COPY does, copy the contents of a directory into an existing one.
      in(stage, "mkdir -p $(dirname %2$s) && cp -aT %1$s %2$s".formatted(source, copy.group(3)));
    } else if (env.matches()) {
      environment.put(env.group(1).split("=", 2)[0], env.group(1).split("=", 2)[1]);
    } else if (line.startsWith("RUN ")) {
      in(stage, line.substring("RUN ".length()));
    } else if (line.startsWith("ENTRYPOINT [")) {
      entryPoint = line.replaceAll("ENTRYPOINT \\[|[\\]\",]", "");
    } else {
      throw new AssertionError("not carried out by this test: " + line);
    }
  }

  private void begin(String base, String name) throws Exception {
    boolean hasJdk = base.contains("-jdk");
    stage = OverlayRoot.create(directory.resolve("stage" + stages.size()), hasJdk);
    stages.put(name, stage);
    if (!hasJdk && !base.contains("slim") && !base.contains("ubi")) {
      Path java = Files.createDirectories(Path.of(stage.layer() + OverlayRoot.JAVA));
      context.run(directory, "cp", "-aT", context.small().toString(), java.toString());
    }
  }

  /** Runs a command in the last stage, as in a container. */
  String start(String command) throws Exception {
    return in(stage, command);
  }

  private String in(OverlayRoot where, String shell) throws IOException, InterruptedException {
    List<String> command = where.enter(Map.of(), 0);
    command.addAll(List.of("/bin/sh", "-c", shell));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment(0));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), command + "\n" + output);
    return output;
  }
}
