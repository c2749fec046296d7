package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Runs programs, with nothing in their environment but what the test says. */
final class Shell {
  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private Shell() {}

  record Result(int exitCode, String output) {}

  static Result run(Map<String, String> environment, String... command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().clear();
      builder.environment().put("PATH", System.getenv("PATH"));
      builder.environment().put("LC_ALL", "C");
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      return new Result(127, e.toString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void needs(String tool) {
    boolean there =
        Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
    Assumptions.assumeTrue(there, "why: " + tool + " is not installed");
  }

  static Path compile(Path directory, String name, String source, String... flags)
      throws IOException {
    needs("cc");
    Path c = Files.writeString(directory.resolve(name + ".c"), source);
    Path out = directory.resolve(name);
    List<String> command = new ArrayList<>(List.of("cc", "-o", out.toString(), c.toString()));
    command.addAll(List.of(flags));
    Result result = run(Map.of(), command.toArray(String[]::new));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(result.output());
    }
    return out;
  }

  static CacheDirectory cache(Path directory) {
    return CacheDirectory.choose(
        Map.of("XDG_CACHE_HOME", directory.toString()), "", List.of(), Machine.userId());
  }

  /** Loads nothing that is installed. */
  static LoaderCache emptyLoader(Path directory) {
    return LoaderCache.of(directory.resolve("none"), List.of());
  }
}
