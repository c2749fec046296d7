package org.onemalloc.compare.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The environment that a program gets: this process's own, byte for byte, with some variables
 * changed.
 *
 * <p>Java's own map decodes the bytes and would not give back what is not valid text, so the
 * variables are read raw.
 */
public final class Environ {
  private Environ() {}

  /**
   * Returns this process's environment with some variables set, each as {@code NAME=value}.
   *
   * @param changes the variables to add or to replace
   */
  public static List<byte[]> inheritedWith(Map<String, String> changes) {
    List<byte[]> kept = new ArrayList<>();
    for (byte[] variable : inherited()) {
      if (!changes.containsKey(name(variable))) {
        kept.add(variable);
      }
    }
    changes.forEach(
        (name, value) -> kept.add((name + "=" + value).getBytes(StandardCharsets.UTF_8)));
    return kept;
  }

  private static List<byte[]> inherited() {
    try {
      return split(Files.readAllBytes(Path.of("/proc/self/environ")));
    } catch (IOException e) {
      throw new UncheckedIOException("this process's environment cannot be read", e);
    }
  }

  /** Splits what /proc shows of an environment or a command line: strings that end in a zero. */
  static List<byte[]> split(byte[] strings) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < strings.length; i++) {
      if (strings[i] == 0) {
        parts.add(java.util.Arrays.copyOfRange(strings, start, i));
        start = i + 1;
      }
    }
    return parts;
  }

  private static String name(byte[] variable) {
    String text = new String(variable, StandardCharsets.ISO_8859_1);
    int equals = text.indexOf('=', 1);
    return equals < 0 ? text : text.substring(0, equals);
  }
}
