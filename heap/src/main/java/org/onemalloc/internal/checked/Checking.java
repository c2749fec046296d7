package org.onemalloc.internal.checked;

import org.onemalloc.internal.system.Property;

/**
 * The system properties of checked mode, as constants that the JIT sees.
 *
 * <p>Without {@code onemalloc.checked} nothing else of checked mode is loaded.
 */
public final class Checking {
  static final String PROPERTY = "onemalloc.checked";
  static final String FINDINGS = "onemalloc.checked.findings";
  static final String LEAKS = "onemalloc.checked.leaks";
  static final String QUARANTINE = "onemalloc.checked.quarantine";
  static final String REACH = "onemalloc.checked.reach";
  static final String READS_PROPERTY = "onemalloc.checked.reads";
  static final String PERIOD = "onemalloc.checked.period";

  public static final boolean FULL =
      Property.word(PROPERTY, "off", "off", "sampled", "full").equals("full");
  static final boolean SAMPLED =
      Property.word(PROPERTY, "off", "off", "sampled", "full").equals("sampled");

  /** Whether every block is checked, and reads of it too. */
  public static final boolean READS =
      FULL && Property.word(READS_PROPERTY, "false", "true", "false").equals("true");

  /** Whether blocks are checked at all. */
  public static final boolean ON = FULL || SAMPLED;

  private Checking() {}

  /**
   * Returns whether findings are thrown; by default they are in {@code full}, and printed in {@code
   * sampled}.
   */
  static boolean throwing() {
    return Property.word(FINDINGS, FULL ? "throw" : "print", "throw", "print").equals("throw");
  }

  static boolean leaksAtExit() {
    return Property.word(LEAKS, "false", "true", "false").equals("true");
  }

  /** Returns how many bytes of freed blocks the quarantine holds. */
  public static long quarantine() {
    return Property.number(QUARANTINE, 64 << 20, 0, "bytes");
  }

  /** Returns the milliseconds between two guarded blocks. */
  static long period() {
    return Property.number(PERIOD, 10, 1, "milliseconds");
  }

  /** Returns whether threads are called out of the fast path to get guarded blocks. */
  static boolean callsThreads() {
    return Property.word(REACH, "misses", "misses", "all").equals("all");
  }
}
