package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.onemalloc.compare.process.Posix;

/** Reads the facts that affect a comparison: the machine and the software versions. */
final class MachineFacts {
  private MachineFacts() {}

  static Machine of(Program program, String tool) {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        value("/proc/cpuinfo", "model name"),
        kibibytes(value("/proc/meminfo", "MemTotal")),
        "Linux " + text("/proc/sys/kernel/osrelease").strip(),
        libc(),
        hugePages(text("/sys/kernel/mm/transparent_hugepage/enabled")),
        program.isJava() ? javaVersion(program.javaHomes().getFirst()) : "",
        tool);
  }

  private static String value(String file, String label) {
    return Stream.of(text(file).split("\n", 0))
        .filter(line -> line.startsWith(label))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }

  private static long kibibytes(String value) {
    return value.isEmpty() ? 0 : Long.parseLong(value.substring(0, value.indexOf(' '))) * 1024;
  }

  private static String libc() {
    String version = Posix.libcVersion();
    return version.isEmpty() ? "" : "glibc " + version;
  }

  /**
   * Returns the active setting, which the kernel puts in brackets: {@code always [madvise] never}.
   */
  private static String hugePages(String setting) {
    int open = setting.indexOf('[');
    return open < 0 ? "" : setting.substring(open + 1, setting.indexOf(']'));
  }

  private static String javaVersion(Path home) {
    return Stream.of("IMPLEMENTOR_VERSION", "JAVA_RUNTIME_VERSION", "JAVA_VERSION")
        .map(label -> value(home.resolve("release"), label))
        .filter(version -> !version.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String value(Path release, String label) {
    return text(release.toString())
        .lines()
        .filter(line -> line.startsWith(label + "="))
        .map(line -> line.substring(label.length() + 1).replace("\"", ""))
        .findFirst()
        .orElse("");
  }

  private static String text(String file) {
    try {
      return Files.readString(Path.of(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
