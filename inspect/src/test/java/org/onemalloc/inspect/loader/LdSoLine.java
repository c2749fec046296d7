package org.onemalloc.inspect.loader;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One binding as glibc's loader prints it under {@code LD_DEBUG=bindings}. */
record LdSoLine(String from, String to, String symbol, String version) {
  private static final Pattern LINE =
      Pattern.compile(
          "binding file (.+) \\[\\d+\\] to (.+) \\[\\d+\\]: \\w+ symbol `([^']+)'(?: \\[(.+)\\])?$");

  static Optional<LdSoLine> parse(String line) {
    Matcher matcher = LINE.matcher(line);
    return matcher.find()
        ? Optional.of(
            new LdSoLine(
                matcher.group(1),
                matcher.group(2),
                matcher.group(3),
                matcher.group(4) == null ? "" : matcher.group(4)))
        : Optional.empty();
  }

  String key() {
    return from + " " + symbol + " " + version;
  }
}
