package org.onemalloc.compare.process;

import java.util.HashSet;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a process hands on to the program that it becomes and a JVM changes: the signals that are
 * ignored or blocked (signal(7)), standard descriptors that are closed, the working directory. The
 * script that starts the JVM looks at them before and says what it found in system properties.
 *
 * @param blocked the blocked signals, bit n−1 for signal n, as {@code SigBlk} in proc_pid_status(5)
 * @param ignored the ignored signals, likewise; empty if nobody looked
 * @param closed which of the descriptors 0, 1 and 2 were closed
 * @param directory a descriptor of the working directory, if the JVM could not start in it
 */
public record Inheritance(
    long blocked, OptionalLong ignored, Set<Integer> closed, OptionalInt directory) {

  /** Copies the set. */
  public Inheritance {
    closed = Set.copyOf(closed);
  }

  /** Returns what the script found; without the script, what a shell starts programs with. */
  public static Inheritance ofThisProcess() {
    // "BLOCKED:IGNORED", each in hexadecimal digits.
    String[] signals = System.getProperty("onemalloc.signals", "").split(":", -1);
    boolean known = signals.length == 2 && isHexadecimal(signals[0]) && isHexadecimal(signals[1]);
    Set<Integer> closed = new HashSet<>();
    System.getProperty("onemalloc.closed", "").chars().forEach(c -> closed.add(c - '0'));
    String directory = System.getProperty("onemalloc.directory", "");
    return new Inheritance(
        known ? Long.parseUnsignedLong(signals[0], 16) : 0,
        known ? OptionalLong.of(Long.parseUnsignedLong(signals[1], 16)) : OptionalLong.empty(),
        closed,
        directory.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(directory)));
  }

  private static boolean isHexadecimal(String text) {
    return text.matches("[0-9a-f]{1,16}");
  }
}
