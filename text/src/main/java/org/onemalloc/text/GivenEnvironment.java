package org.onemalloc.text;

import java.util.Map;
import java.util.TreeMap;

/**
 * The environment that the user gave to the command. Some variables are meant for the program that
 * the command starts, but would also affect the JVM of the command: its agents, ports and memory,
 * and the locale for file names. The script renames these variables before it starts the JVM. A
 * program that the command starts gets them under their own names.
 *
 * <p>A renamed variable is called {@value #PREFIX}{@code NAME}. The locale is in the system
 * property {@code onemalloc.locale}: {@code =VALUE}, or empty if LC_ALL was not set.
 */
public final class GivenEnvironment {
  /** The prefix of renamed variables. */
  public static final String PREFIX = "ONEMALLOC_GIVEN_";

  private static final String LOCALE = "LC_ALL";

  private GivenEnvironment() {}

  /**
   * Returns the environment that the user gave.
   *
   * @return names and values, a copy
   */
  public static Map<String, String> variables() {
    Map<String, String> variables = new TreeMap<>(System.getenv());
    giveBack(variables);
    return variables;
  }

  /**
   * Changes an environment that was inherited from this process to the environment that the user
   * gave.
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
