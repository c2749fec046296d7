package org.onemalloc.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The environment that the user gave to the command. The shell that runs the script adds some
 * variables and changes others. Some variables are meant for the program that the command starts,
 * but would also affect the JVM of the command: its agents, ports and memory, and the locale for
 * file names. The script renames these variables before it starts the JVM, or gives them other
 * values. A program that the command starts gets them as they were.
 *
 * <p>A renamed variable is called {@value #PREFIX}{@code NAME}. The former value of one with
 * another value is in a system property ({@link #REPLACED}): {@code =VALUE}, or empty if it was not
 * set. The shell's variable may be there too under its own name; the renamed one counts.
 */
public final class GivenEnvironment {
  /** The prefix of renamed variables. */
  public static final String PREFIX = "ONEMALLOC_GIVEN_";

  /**
   * The variables that have another value in this process, each with the system property of its
   * former value.
   */
  public static final Map<String, String> REPLACED =
      Map.of("LC_ALL", "onemalloc.locale", "MALLOC_ARENA_MAX", "onemalloc.arenas");

  private GivenEnvironment() {}

  /**
   * Returns the names of the variables that the shell added: they were not given.
   *
   * @return the names
   */
  public static List<String> added() {
    return List.of(System.getProperty("onemalloc.added", "").strip().split(" +", -1));
  }

  /**
   * Returns the environment that the user gave, without what an outer {@code onemalloc run} added
   * to it.
   *
   * @return names and values, a copy
   */
  public static Map<String, String> variables() {
    Map<String, String> variables = new TreeMap<>(System.getenv());
    giveBack(variables);
    OuterRun.removeFrom(variables);
    return variables;
  }

  /**
   * Changes an environment that was inherited from this process to the environment that the user
   * gave.
   *
   * @param variables names and values; changed
   */
  public static void giveBack(Map<String, String> variables) {
    added().forEach(variables::remove);
    for (Map.Entry<String, String> variable : Map.copyOf(variables).entrySet()) {
      if (variable.getKey().startsWith(PREFIX)) {
        variables.remove(variable.getKey());
        variables.put(variable.getKey().substring(PREFIX.length()), variable.getValue());
      }
    }
    REPLACED.forEach(
        (name, property) -> {
          String former = System.getProperty(property);
          if (former != null && former.isEmpty()) {
            variables.remove(name);
          } else if (former != null) {
            variables.put(name, former.substring(1));
          }
        });
  }
}
