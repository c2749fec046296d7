package org.onemalloc.compare.report;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.onemalloc.compare.Variant;

/** Commands quoted for a POSIX shell. */
final class Shell {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private Shell() {}

  static String line(List<String> words) {
    return words.stream().map(Shell::quote).collect(Collectors.joining(" "));
  }

  /** Returns one line that repeats a run of the variant by hand. */
  static String line(Variant variant) {
    String environment =
        variant.environment().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + quote(entry.getValue()) + " ")
            .collect(Collectors.joining());
    return (environment.isEmpty() ? "" : "env " + environment) + line(variant.command());
  }

  static String quote(String word) {
    if (PLAIN.matcher(word).matches()) {
      return word;
    }
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
