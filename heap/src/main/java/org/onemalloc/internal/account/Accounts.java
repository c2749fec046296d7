package org.onemalloc.internal.account;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.HeapError;
import org.onemalloc.Usage;
import org.onemalloc.internal.system.Property;

/** The tree of accounts of a heap, and the system properties that set it up. */
public final class Accounts {
  public static final String MODE = "onemalloc.accounting";
  static final String LIMIT = "onemalloc.limit";

  /** The tree is walked by recursion. */
  private static final int MOST_NAMES = 100;

  private final Ledgers ledgers;
  private final Account root;
  private final Map<String, Account> byTag = new HashMap<>();

  public Accounts(boolean detailed) {
    this(detailed, Ledgers.PLACES);
  }

  /** Makes accounts for a given number of threads, see {@link Ledgers}. */
  public Accounts(boolean detailed, int places) {
    this.ledgers = new Ledgers(detailed, places);
    this.root = new Account(ledgers, null, "", 0);
  }

  /** Returns whether untagged calls are counted too; read before there are accounts. */
  public static boolean mode() {
    boolean limited = System.getProperty(LIMIT) != null;
    boolean on = Property.on(MODE, limited);
    if (!on && limited) {
      throw new HeapError(
          "The system property "
              + LIMIT
              + " limits the whole process, which requires accounting: omit "
              + MODE
              + "=off.");
    }
    return on;
  }

  /** Makes the accounts that the system properties specify. */
  static Accounts here() {
    Accounts accounts = new Accounts(mode());
    String prefix = LIMIT + ".";
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.equals(LIMIT)) {
        accounts.root.limit(Property.bytes(name, System.getProperty(name)));
      } else if (name.startsWith(prefix)) {
        accounts
            .of(name.substring(prefix.length()))
            .limit(Property.bytes(name, System.getProperty(name)));
      }
    }
    return accounts;
  }

  public Account root() {
    return root;
  }

  public Ledgers ledgers() {
    return ledgers;
  }

  public boolean has(String tag) {
    synchronized (ledgers) {
      return byTag.containsKey(tag);
    }
  }

  /** Returns the account of a tag; makes it, and those above it, if there is none yet. */
  public Account of(String tag) {
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
    if (tag.chars().filter(c -> c == '/').count() >= MOST_NAMES) {
      throw new IllegalArgumentException("A tag has at most " + MOST_NAMES + " names.");
    }
    boolean legal = !tag.isEmpty() && !tag.startsWith("/") && !tag.endsWith("/");
    for (int i = 0; legal && i < tag.length(); i++) {
      legal = !Character.isISOControl(tag.charAt(i)) && !tag.startsWith("//", i);
    }
    if (!legal) {
      throw new IllegalArgumentException(
          "\"" + tag + "\" is not a tag: it must be names separated by /.");
    }
  }

  /** Returns the usage of every tag, parents first, and of untagged calls if they are counted. */
  public List<Usage> usages() {
    List<Usage> all = new ArrayList<>();
    root.addTo(all);
    return ledgers.detailed() ? all : all.subList(1, all.size());
  }
}
