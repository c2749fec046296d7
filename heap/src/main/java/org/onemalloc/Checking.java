package org.onemalloc;

/**
 * The system properties of checked mode, as constants that the JIT sees.
 *
 * <p>Without {@code onemalloc.checked} nothing else of checked mode is loaded.
 */
final class Checking {
  static final String PROPERTY = "onemalloc.checked";
  static final String FINDINGS = "onemalloc.checked.findings";
  static final String LEAKS = "onemalloc.checked.leaks";
  static final String QUARANTINE = "onemalloc.checked.quarantine";
  static final String REACH = "onemalloc.checked.reach";
  static final String READS_PROPERTY = "onemalloc.checked.reads";
  static final String PERIOD = "onemalloc.checked.period";

  static final boolean FULL = one(PROPERTY, "off", "off", "sampled", "full").equals("full");
  static final boolean SAMPLED = one(PROPERTY, "off", "off", "sampled", "full").equals("sampled");

  /** Whether every block is checked, and reads of it too. */
  static final boolean READS = FULL && one(READS_PROPERTY, "false", "true", "false").equals("true");

  /** Whether blocks are checked at all. */
  static final boolean ON = FULL || SAMPLED;

  private Checking() {}

  /** Whether findings are thrown; in sampled mode they are printed unless one says otherwise. */
  static boolean throwing() {
    return one(FINDINGS, FULL ? "throw" : "print", "throw", "print").equals("throw");
  }

  static boolean leaksAtExit() {
    return one(LEAKS, "false", "true", "false").equals("true");
  }

  /** Returns how many bytes of freed blocks are kept from the allocator. */
  static long quarantine() {
    return number(QUARANTINE, 64 << 20, 0);
  }

  /** Returns the milliseconds between samples. */
  static long period() {
    return number(PERIOD, 10, 1);
  }

  /** Whether threads are called to be sampled, or only allocations are that leave the fast path. */
  static boolean callsThreads() {
    return one(REACH, "misses", "misses", "all").equals("all");
  }

  private static String one(String property, String otherwise, String... values) {
    String text = System.getProperty(property, otherwise);
    for (String value : values) {
      if (value.equals(text)) {
        return text;
      }
    }
    throw new HeapError(
        "The system property "
            + property
            + " is \""
            + text
            + "\": it must be one of "
            + String.join(", ", values)
            + ".");
  }

  private static long number(String property, long otherwise, long least) {
    String text = System.getProperty(property);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new HeapError(
        "The system property "
            + property
            + " is \""
            + text
            + "\": it must be a number, "
            + least
            + " or more.");
  }
}
