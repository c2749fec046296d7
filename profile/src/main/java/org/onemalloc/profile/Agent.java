package org.onemalloc.profile;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.onemalloc.allocators.CacheDirectory;

/**
 * Provides async-profiler's native library, which is extracted from its jar into the user's cache,
 * and its options.
 *
 * <p>The options are documented in async-profiler's docs/ProfilerOptions.md ({@code nativemem},
 * {@code jfr}, {@code file} with {@code %p} for the process id).
 */
final class Agent {
  private static final String ABOUT = "META-INF/maven/tools.profiler/async-profiler/pom.properties";

  private Agent() {}

  /**
   * Returns the library for this machine.
   *
   * @throws ProfileException if the profiler has no library for this machine
   */
  static Path library() {
    String machine =
        switch (System.getProperty("os.arch")) {
          case "amd64" -> "linux-x64";
          case "aarch64" -> "linux-arm64";
          case String other ->
              throw new ProfileException(
                  "The profiler has no library for %s, only for x86-64 and aarch64."
                      .formatted(other));
        };
    byte[] content = resource(machine + "/libasyncProfiler.so");
    CacheDirectory cache = CacheDirectory.ofThisUser();
    Path file = cache.provide("libasyncProfiler-" + version() + ".so", content);
    if (file.toString().indexOf('=') >= 0) {
      throw new ProfileException(
          "A JVM cannot load the profiler from %s, because the path contains \"=\": set XDG_CACHE_HOME to another directory."
              .formatted(cache.path()));
    }
    return file;
  }

  /**
   * Returns the agent's options for recording a process from its start. Messages other than errors
   * are turned off, because they would appear in the program's output.
   *
   * @param every the number of bytes allocated between two samples; 1 to record every block
   * @param record the path of the recording, in which {@code %p} stands for the process id
   */
  static String start(long every, String record) {
    return "start,nativemem=%d,loglevel=error,jfr,file=%s".formatted(every, record);
  }

  static String stop(String record) {
    return "stop,jfr,file=" + record;
  }

  private static String version() {
    try {
      Properties about = new Properties();
      about.load(new StringReader(new String(resource(ABOUT), StandardCharsets.ISO_8859_1)));
      return about.getProperty("version");
    } catch (IOException e) {
      throw new ProfileException("Cannot read the version of the profiler (" + e + ").", e);
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in =
        Optional.ofNullable(Agent.class.getClassLoader().getResourceAsStream(name))
            .orElseThrow(
                () ->
                    new ProfileException(
                        "The resource %s is missing: this installation of onemalloc is incomplete."
                            .formatted(name)))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new ProfileException("Cannot read the resource " + name + " (" + e + ").", e);
    }
  }
}
