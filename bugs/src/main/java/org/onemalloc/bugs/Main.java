package org.onemalloc.bugs;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes one mistake, {@code Main LIBRARY BUG [TIMES MICROSECONDS]}, or none, {@code Main clean}.
 */
public final class Main {
  @SuppressWarnings("UnusedVariable") // written so that values count as used
  private static volatile long used;

  private Main() {}

  /** Keeps a value from being optimised away. */
  static void use(long value) {
    used = value;
  }

  /** Makes the mistake the given number of times, at the given interval in microseconds. */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("clean")) {
      Clean.run();
      return;
    }
    List<Bug> bugs = Library.valueOf(arguments[0]).bugs();
    Bug bug = bugs.stream().filter(b -> b.name().equals(arguments[1])).findFirst().orElseThrow();
    int times = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
    long pause = arguments.length > 3 ? Long.parseLong(arguments[3]) * 1000 : 0;
    for (int i = 0; i < times; i++) {
      bug.body().run();
      if (pause > 0) {
        LockSupport.parkNanos(pause);
      }
    }
    System.out.println(DONE);
  }

  /** The last line of output if nothing was found while the program ran. */
  static final String DONE = "nothing stopped this";
}
