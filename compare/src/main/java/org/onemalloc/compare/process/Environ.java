package org.onemalloc.compare.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.text.GivenEnvironment;
import org.onemalloc.text.OuterRun;

/**
 * The environment of a started program: the environment of this process, byte for byte, with some
 * variables changed, and without what an outer {@code onemalloc run} added.
 *
 * <p>The variables are read as bytes from {@code /proc/self/environ}. {@link System#getenv()}
 * decodes them, and bytes that are not valid text would be lost.
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
    List<byte[]> variables = new ArrayList<>();
    try {
      variables.addAll(OwnProcess.split(Files.readAllBytes(Path.of("/proc/self/environ"))));
    } catch (IOException e) {
      throw new UncheckedIOException("this process's environment cannot be read", e);
    }
    Set<String> shells = new HashSet<>(GivenEnvironment.added());
    variables.stream()
        .map(Environ::name)
        .filter(name -> name.startsWith(GivenEnvironment.PREFIX))
        .forEach(name -> shells.add(name.substring(GivenEnvironment.PREFIX.length())));
    variables.removeIf(variable -> shells.contains(name(variable)));
    variables.replaceAll(Environ::named);
    GivenEnvironment.REPLACED.forEach((name, property) -> giveBack(name, property, variables));
    return withoutOuterRun(variables);
  }

  /** Takes out what an outer {@code run} added. Decoded as ISO 8859-1, every byte is kept. */
  private static List<byte[]> withoutOuterRun(List<byte[]> variables) {
    Map<String, String> before = new HashMap<>();
    variables.forEach(variable -> before.put(name(variable), value(variable)));
    Map<String, String> after = new HashMap<>(before);
    OuterRun.removeFrom(after);
    List<byte[]> kept = new ArrayList<>();
    for (byte[] variable : variables) {
      String name = name(variable);
      String value = after.get(name);
      if (before.get(name).equals(value)) {
        kept.add(variable);
      } else if (value != null) {
        kept.add((name + "=" + value).getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return kept;
  }

  private static String value(byte[] variable) {
    String text = new String(variable, StandardCharsets.ISO_8859_1);
    return text.substring(Math.min(name(variable).length() + 1, text.length()));
  }

  /**
   * Returns a variable under its original name. The start script adds a prefix to the names of
   * variables that the JVM must not see.
   */
  private static byte[] named(byte[] variable) {
    return name(variable).startsWith(GivenEnvironment.PREFIX)
        ? Arrays.copyOfRange(variable, GivenEnvironment.PREFIX.length(), variable.length)
        : variable;
  }

  /** Restores a variable to which the script that starts the JVM gave another value. */
  private static void giveBack(String name, String property, List<byte[]> variables) {
    String former = System.getProperty(property);
    if (former != null) {
      variables.removeIf(variable -> name(variable).equals(name));
      if (!former.isEmpty()) {
        variables.add((name + former).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static String name(byte[] variable) {
    String text = new String(variable, StandardCharsets.ISO_8859_1);
    int equals = text.indexOf('=', 1);
    return equals < 0 ? text : text.substring(0, equals);
  }
}
