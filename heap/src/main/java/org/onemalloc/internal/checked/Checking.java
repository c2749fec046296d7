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

  /** Whether findings are thrown; in sampled mode they are printed unless one says otherwise. */
  static boolean throwing() {
    return Property.word(FINDINGS, FULL ? "throw" : "print", "throw", "print").equals("throw");
  }

  static boolean leaksAtExit() {
    return Property.word(LEAKS, "false", "true", "false").equals("true");
  }

  /** Returns how many bytes of freed blocks are kept from the allocator. */
  public static long quarantine() {
    return Property.number(QUARANTINE, 64 << 20, 0, "bytes");
  }

  /** Returns the milliseconds between samples. */
  static long period() {
    return Property.number(PERIOD, 10, 1, "milliseconds");
  }

  /** Whether threads are called to be sampled, or only allocations are that leave the fast path. */
  static boolean callsThreads() {
    return Property.word(REACH, "misses", "misses", "all").equals("all");
  }
}
