package org.onemalloc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tree of accounts of a heap, and the system properties that set it up. */
final class Accounts {
  static final String MODE = "onemalloc.accounting";
  static final String LIMIT = "onemalloc.limit";

  private final Ledgers ledgers;
  private final Account root;
  private final Map<String, Account> byTag = new HashMap<>();

  Accounts(boolean detailed) {
    this(detailed, Ledgers.PLACES);
  }

  /** Makes some for fewer threads at a time, see {@link Ledgers}. */
  Accounts(boolean detailed, int places) {
    this.ledgers = new Ledgers(detailed, places);
    this.root = new Account(ledgers, null, "", 0);
  }

  /** Whether untagged calls are counted too: read before there are accounts. */
  static boolean mode() {
    String mode = System.getProperty(MODE);
    if (mode == null) {
      return System.getProperty(LIMIT) != null;
    }
    if (!mode.equals("on") && !mode.equals("off")) {
      throw new HeapError(
          "The system property " + MODE + " is \"" + mode + "\": it must be on or off.");
    }
    if (mode.equals("off") && System.getProperty(LIMIT) != null) {
      throw new HeapError(
          "The system property "
              + LIMIT
              + " limits the whole process, which only accounting can count: drop "
              + MODE
              + "=off.");
    }
    return mode.equals("on");
  }

  /** Makes those that the system properties ask for. */
  static Accounts here() {
    Accounts accounts = new Accounts(mode());
    String prefix = LIMIT + ".";
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.equals(LIMIT)) {
        accounts.root.limit(bytes(name, System.getProperty(name)));
      } else if (name.startsWith(prefix)) {
        accounts.of(name.substring(prefix.length())).limit(bytes(name, System.getProperty(name)));
      }
    }
    return accounts;
  }

  /** Reads a number of bytes as the JVM's own options have them: 512k, 64m, 2g. */
  static long bytes(String property, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int unit = lower.isEmpty() ? -1 : "kmg".indexOf(lower.charAt(lower.length() - 1));
    try {
      String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
      long bytes = Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (unit + 1)));
      if (bytes > 0) {
        return bytes;
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // told below
    }
    throw new HeapError(
        "The system property "
            + property
            + " is \""
            + text
            + "\": it must be a number of bytes above 0, with k, m or g behind it or nothing.");
  }

  Account root() {
    return root;
  }

  Ledgers ledgers() {
    return ledgers;
  }

  boolean has(String tag) {
    synchronized (ledgers) {
      return byTag.containsKey(tag);
    }
  }

  /** Returns the account of a tag, made with those above it where there is none yet. */
  Account of(String tag) {
    synchronized (ledgers) {
      Account found = byTag.get(tag);
      if (found != null) {
        return found;
      }
      check(tag);
      int slash = tag.lastIndexOf('/');
      Account parent = slash < 0 ? root : of(tag.substring(0, slash));
      Account made = new Account(ledgers, parent, tag, byTag.size() + 1);
      byTag.put(tag, made);
      return made;
    }
  }

  private static void check(String tag) {
    boolean legal = !tag.isEmpty() && !tag.startsWith("/") && !tag.endsWith("/");
    for (int i = 0; legal && i < tag.length(); i++) {
      legal = !Character.isISOControl(tag.charAt(i)) && !tag.startsWith("//", i);
    }
    if (!legal) {
      throw new IllegalArgumentException(
          "\"" + tag + "\" is no tag: it must be names with / between them.");
    }
  }

  /** Returns what lives under every tag, parents first; untagged calls where they are counted. */
  List<Usage> usages() {
    List<Usage> all = new ArrayList<>();
    root.addTo(all);
    return ledgers.detailed() ? all : all.subList(1, all.size());
  }
}
