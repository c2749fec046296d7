package org.onemalloc.internal.account;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.onemalloc.Usage;

/**
 * The account of one tag: its live bytes and blocks, and its limits. Accounts form a tree: {@code
 * a/b} is below {@code a}, and all are below the process, whose own calls are the untagged ones.
 */
public final class Account {
  private static final String UNTAGGED = "(untagged)";

  private static final Limit[] NO_LIMITS = {};

  private final Ledgers ledgers;
  private final Account parent;
  private final String tag;
  private final int index;
  private final List<Account> children = new ArrayList<>();
  private final Stripes shared = new Stripes();
  private Limit own;

  /** The limits of this account and those above it, the innermost first. */
  private volatile Limit[] limits;

  /** Makes an account; the caller holds the lock of the tree. */
  Account(Ledgers ledgers, Account parent, String tag, int index) {
    this.ledgers = ledgers;
    this.parent = parent;
    this.tag = tag;
    this.index = index;
    this.limits = parent == null ? NO_LIMITS : parent.limits;
    if (parent != null) {
      parent.children.add(this);
    }
  }

  public String tag() {
    return tag;
  }

  /** Counts a block of 1 byte or more that was allocated, with sign 1, or freed, with sign -1. */
  public void count(long size, int sign) {
    ledgers.count(index, shared, size, sign);
  }

  public Limit[] limits() {
    return limits;
  }

  /**
   * Takes bytes from every limit; or takes none, and returns the limit that has no room. Taking 0
   * bytes always succeeds, even if a limit was set below the live bytes.
   */
  public static Limit take(Limit[] limits, long bytes) {
    for (int i = 0; bytes != 0 && i < limits.length; i++) {
      if (!limits[i].take(bytes)) {
        give(limits, i, bytes);
        return limits[i];
      }
    }
    return null;
  }

  public static void give(Limit[] limits, int count, long bytes) {
    for (int i = 0; i < count; i++) {
      limits[i].give(bytes);
    }
  }

  public void limit(long bytes) {
    synchronized (ledgers) {
      limited().max(bytes);
    }
  }

  public void onPressure(long bytes, Consumer<Usage> callback) {
    Limit limit;
    synchronized (ledgers) {
      limit = limited();
    }
    limit.onPressure(bytes, callback);
  }

  private Limit limited() {
    if (own == null) {
      own = new Limit(this, Limit.NONE, total(0));
      inherit();
    }
    return own;
  }

  private void inherit() {
    Limit[] above = parent == null ? NO_LIMITS : parent.limits;
    int n = own == null ? 0 : 1;
    Limit[] all = new Limit[n + above.length];
    if (own != null) {
      all[0] = own;
    }
    System.arraycopy(above, 0, all, n, above.length);
    limits = all;
    for (Account child : children) {
      child.inherit();
    }
  }

  private long total(int word) {
    long total = ledgers.sum(index, shared, word);
    for (Account child : children) {
      total += child.total(word);
    }
    return total;
  }

  public Usage usage() {
    synchronized (ledgers) {
      return new Usage(
          tag.isEmpty() ? UNTAGGED : tag,
          ledgers.sum(index, shared, 0),
          ledgers.sum(index, shared, 1),
          own == null ? total(0) : own.taken(),
          total(1),
          own == null ? OptionalLong.empty() : own.max());
    }
  }

  /** Adds this account and all below it to a list, parents first, by name. */
  void addTo(List<Usage> list) {
    synchronized (ledgers) {
      list.add(usage());
      children.stream()
          .sorted((a, b) -> a.tag.compareTo(b.tag))
          .forEach(child -> child.addTo(list));
    }
  }
}
