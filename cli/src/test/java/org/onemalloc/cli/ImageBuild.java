package org.onemalloc.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private static final String JAVA = "/opt/java/openjdk";
  private static final Pattern FROM = Pattern.compile("FROM (\\S+)(?: AS (\\S+))?");
  private static final Pattern COPY = Pattern.compile("COPY (?:--from=(\\S+) )?(\\S+) (\\S+)");
  private static final Pattern ENV = Pattern.compile("ENV (\\S+=\\S+)");

  private final Path directory;
  private final Path context;
  private final Path small;
  private final Map<String, Path> stages = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path stage;
  private boolean hasJdk;

  /** The command that starts the last stage; empty if the stage inherits that of its base. */
  private String entryPoint = "";

  ImageBuild(Path directory, Path context, Path small) {
    this.directory = directory;
    this.context = context;
    this.small = small;
  }

  void run(String dockerfile) throws Exception {
    for (String line : dockerfile.replace("\\\n", " ").split("\n", -1)) {
      if (!line.isBlank()) {
        step(line.strip());
      }
    }
  }

  String entryPoint() {
    return entryPoint;
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
              ? context.resolve(copy.group(2))
              : stages.get(copy.group(1)).resolve("upper" + copy.group(2));
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
    stage = Files.createDirectory(directory.resolve("stage" + stages.size()));
    for (String part : List.of("upper", "work", "root")) {
      Files.createDirectory(stage.resolve(part));
    }
    stages.put(name, stage);
    hasJdk = base.contains("-jdk");
    if (!hasJdk && !base.contains("slim") && !base.contains("ubi")) {
      Path java = Files.createDirectories(stage.resolve("upper" + JAVA));
      run(List.of("cp", "-aT", small.toString(), java.toString()));
    }
  }

  /** Runs a command in the last stage, as in a container. */
  String start(String command) throws Exception {
    return in(stage, command);
  }

  private String in(Path where, String command) throws Exception {
    Path root = where.resolve("root");
    List<String> script = new ArrayList<>();
    script.add("set -eu");
    script.add(
        "mount -t overlay overlay -o lowerdir=/,upperdir=%s/upper,workdir=%s/work %s"
            .formatted(where, where, root));
    for (String special : List.of("/proc", "/dev", "/tmp")) {
      script.add("mount --rbind %s %s%s".formatted(special, root, special));
    }
    if (hasJdk) {
      script.add("mkdir -p %s%s".formatted(root, JAVA));
      script.add("mount --bind %s %s%s".formatted(System.getProperty("java.home"), root, JAVA));
    }
    script.add("exec chroot %s /bin/sh -c \"$1\"".formatted(root));
    return run(List.of("unshare", "--mount", "sh", "-c", String.join("\n", script), "sh", command));
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", JAVA + "/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().put("JAVA_HOME", JAVA);
    builder.environment().put("HOME", "/root");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), command + "\n" + output);
    return output;
  }
}
