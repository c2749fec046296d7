package org.onemalloc.compare.process;

import java.util.HashSet;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The process attributes that survive execve(2) but are changed by a JVM: ignored and blocked
 * signals (signal(7)), closed standard descriptors, and the working directory. The script that
 * starts the JVM records them first and passes them in system properties.
 *
 * @param blocked the blocked signals, bit n−1 for signal n, as {@code SigBlk} in proc_pid_status(5)
 * @param ignored the ignored signals, likewise; empty if the script did not record them
 * @param closed the descriptors among 0, 1 and 2 that were closed
 * @param directory a descriptor of the working directory, if the JVM could not start in it
 */
public record Inheritance(
    long blocked, OptionalLong ignored, Set<Integer> closed, OptionalInt directory) {

  /** Copies the set. */
  public Inheritance {
    closed = Set.copyOf(closed);
  }

  /**
   * Returns the recorded attributes, or without the script those with which a shell starts
   * programs.
   */
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
