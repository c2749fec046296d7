package org.onemalloc.bugs;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Makes one mistake in one mode and prints the outcome: {@code One MODE BUG [TIMES µs]}. */
public final class One {
  private One() {}

  /** Runs one trial. */
  public static void main(String[] arguments) throws Exception {
    List<String> modes = Stream.of(Mode.values()).map(Mode::label).toList();
    if (arguments.length < 2 || !modes.contains(arguments[0])) {
      fail("name a mode (" + String.join(", ", modes) + ") and a bug.");
    }
    Mode mode =
        Stream.of(Mode.values())
            .filter(each -> each.label().equals(arguments[0]))
            .findFirst()
            .orElseThrow();
    List<Bug> bugs = mode.library().bugs();
    for (Bug bug : bugs) {
      if (bug.name().equals(arguments[1])) {
        String[] more = Arrays.copyOfRange(arguments, 2, arguments.length);
        Trial trial = Trial.run(mode, bug, more);
        System.out.print(trial.output());
        System.out.print(Trial.fault(trial.crash()));
        System.out.println(trial.outcome());
        return;
      }
    }
    fail(
        "there is no bug "
            + arguments[1]
            + " here; there are "
            + String.join(", ", bugs.stream().map(Bug::name).toList())
            + ".");
  }

  private static void fail(String message) {
    System.err.println("run: " + message);
    System.exit(2);
  }
}
