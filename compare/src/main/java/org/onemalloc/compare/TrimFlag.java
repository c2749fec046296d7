package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.onemalloc.text.Owners;

/**
 * The flag of the variant {@code system+trim}, which JDK 8 and 11 do not know, nor older updates of
 * 17: a JVM does not start with a flag that it does not know. The version does not tell, because
 * distributions have back-ported it, so the JVM is asked, unless another user could have exchanged
 * it.
 */
final class TrimFlag {
  /** The JVM makes glibc return memory to the system once a second (java(1)). */
  static final String FLAG = "-XX:TrimNativeHeapInterval=1000";

  private static final List<String> OTHER_FLAGS =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "LD_PRELOAD");

  private static final Map<Path, Boolean> KNOWN = new ConcurrentHashMap<>();

  private TrimFlag() {}

  /** Returns the first of these Java images whose JVM does not start with the flag. */
  static Optional<Path> lackingIn(Collection<Path> javaHomes) {
    return javaHomes.stream()
        .filter(home -> !KNOWN.computeIfAbsent(home, TrimFlag::isKnown))
        .findFirst();
  }

  private static boolean isKnown(Path home) {
    Path java = home.resolve("bin/java");
    ProcessBuilder builder = new ProcessBuilder(java.toString(), FLAG, "-version");
    OTHER_FLAGS.forEach(builder.environment()::remove);
    try {
      Owners owners = Owners.ofThisProcess();
      if (!owners.exchangeable(java).isEmpty() || !owners.writable(java).isEmpty()) {
        return true;
      }
      Process process =
          builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return true; // there is no launcher: the run shows it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
