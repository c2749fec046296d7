package org.onemalloc.compare.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.onemalloc.text.GivenEnvironment;

/**
 * The environment of a started program: the environment of this process, byte for byte, with some
 * variables changed.
 *
 * <p>The variables are read as bytes from {@code /proc/self/environ}. {@link System#getenv()}
 * decodes them, and bytes that are not valid text would be lost.
 */
public final class Environ {
  private static final String LC_ALL = "LC_ALL";

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
    variables.replaceAll(Environ::named);
    giveBackLocale(variables);
    return variables;
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

  /**
   * Restores LC_ALL. In an ASCII locale the script that starts the JVM sets it, so that Java can
   * name every file. The script passes the original value in a system property: "=VALUE", or an
   * empty string if the variable was unset.
   */
  private static void giveBackLocale(List<byte[]> variables) {
    String found = System.getProperty("onemalloc.locale");
    if (found != null) {
      variables.removeIf(variable -> name(variable).equals(LC_ALL));
      if (!found.isEmpty()) {
        variables.add((LC_ALL + found).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static String name(byte[] variable) {
    String text = new String(variable, StandardCharsets.ISO_8859_1);
    int equals = text.indexOf('=', 1);
    return equals < 0 ? text : text.substring(0, equals);
  }
}
