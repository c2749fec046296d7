package org.onemalloc.text;

import java.util.Map;
import java.util.TreeMap;

/**
 * The environment that the command was given. Before the script starts the command's JVM, it puts
 * aside what is meant for the program and would steer that JVM: its agents, ports and memory, and
 * the locale in which it names files. A program that the command starts gets it back.
 *
 * <p>A variable that is put aside is called {@value #PREFIX}{@code NAME}. The locale is in the
 * system property {@code onemalloc.locale}: {@code =VALUE}, or nothing if LC_ALL was not set.
 */
public final class GivenEnvironment {
  /** What the script puts before the names of variables. */
  public static final String PREFIX = "ONEMALLOC_GIVEN_";

  private static final String LOCALE = "LC_ALL";

  private GivenEnvironment() {}

  /**
   * Returns the environment as it was given.
   *
   * @return names and values, a copy
   */
  public static Map<String, String> variables() {
    Map<String, String> variables = new TreeMap<>(System.getenv());
    giveBack(variables);
    return variables;
  }

  /**
   * Changes an environment that is this process's own to the one that was given.
   *
   * @param variables names and values; changed
   */
  public static void giveBack(Map<String, String> variables) {
    for (Map.Entry<String, String> variable : Map.copyOf(variables).entrySet()) {
      if (variable.getKey().startsWith(PREFIX)) {
        variables.remove(variable.getKey());
        variables.put(variable.getKey().substring(PREFIX.length()), variable.getValue());
      }
    }
    String locale = System.getProperty("onemalloc.locale");
    if (locale != null && locale.isEmpty()) {
      variables.remove(LOCALE);
    } else if (locale != null) {
      variables.put(LOCALE, locale.substring(1));
    }
  }
}
