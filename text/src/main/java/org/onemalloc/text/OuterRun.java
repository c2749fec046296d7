package org.onemalloc.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The record of what {@code onemalloc run} added to the environment of the program that it became.
 * If that program starts onemalloc again, the inner command takes the additions out and thus makes
 * its choice as if there were no outer one. The record is in the variable {@value #VARIABLE}: a
 * line {@code NAME=items} for each variable.
 */
public final class OuterRun {
  /** The variable with the record. */
  public static final String VARIABLE = "ONEMALLOC_RUN";

  private static final String PRELOAD = "LD_PRELOAD";

  private OuterRun() {}

  /**
   * Returns a record.
   *
   * @param before the environment without the additions
   * @param changes the variables that are set, and their whole values
   * @return a value for {@value #VARIABLE}
   */
  public static String record(Map<String, String> before, Map<String, String> changes) {
    List<String> lines = new ArrayList<>();
    changes.forEach(
        (name, value) -> {
          List<String> added = items(name, value);
          added.removeAll(items(name, before.getOrDefault(name, "")));
          lines.add(name + "=" + joined(name, added));
        });
    return String.join("\n", lines);
  }

  /**
   * Takes out what the record says. A value that was changed since then keeps its other items.
   *
   * @param variables names and values; changed
   */
  public static void removeFrom(Map<String, String> variables) {
    String record = variables.remove(VARIABLE);
    if (record == null) {
      return;
    }
    for (String line : record.split("\n", -1)) {
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals);
      if (!variables.containsKey(name)) {
        continue;
      }
      List<String> kept = items(name, variables.get(name));
      if (kept.removeAll(items(name, line.substring(equals + 1)))) {
        variables.put(name, joined(name, kept));
        variables.remove(name, "");
      }
    }
  }

  /** Returns the libraries of LD_PRELOAD (ld.so(8)), or the settings of an allocator. */
  private static List<String> items(String name, String value) {
    List<String> items =
        new ArrayList<>(Arrays.asList(value.split(name.equals(PRELOAD) ? "[ :]" : ",", -1)));
    items.removeIf(String::isEmpty);
    return items;
  }

  private static String joined(String name, List<String> items) {
    return String.join(name.equals(PRELOAD) ? ":" : ",", items);
  }
}
