package org.onemalloc.internal.account;

import java.util.OptionalLong;
import java.util.function.Consumer;
import org.onemalloc.Usage;
import org.onemalloc.internal.listen.Listeners;
import org.onemalloc.internal.listen.Watcher;
import org.onemalloc.internal.system.Budget;

/**
 * The limit in bytes of an account and all below it, and the callback for pressure.
 *
 * <p>Bytes are taken from one counter before the allocator is called, and returned to it after a
 * block is freed: so the sum is never above the limit, and no call that fits is refused (except
 * while another call, which a tag further up is about to refuse, holds the room for a moment). This
 * costs one atomic operation per call and limit, only for accounts with a limit.
 */
public final class Limit {
  /** Means no limit; sums with it do not overflow. */
  public static final long NONE = Long.MAX_VALUE / 2;

  private final Account account;
  private final Budget budget;
  private volatile Pressure pressure;

  /** A callback, armed while it may be called. */
  private static final class Pressure {
    final long bytes;
    final Consumer<Usage> callback;
    volatile boolean armed = true;

    Pressure(long bytes, Consumer<Usage> callback) {
      this.bytes = bytes;
      this.callback = callback;
    }

    synchronized boolean disarm() {
      boolean was = armed;
      armed = false;
      return was;
    }
  }

  Limit(Account account, long max, long live) {
    this.account = account;
    this.budget = new Budget(max, live);
  }

  Account account() {
    return account;
  }

  OptionalLong max() {
    return budget.limit() >= NONE ? OptionalLong.empty() : OptionalLong.of(budget.limit());
  }

  void max(long max) {
    budget.limit(max);
  }

  public long taken() {
    return budget.taken();
  }

  boolean take(long bytes) {
    if (!budget.take(bytes)) {
      return false;
    }
    Pressure p = pressure;
    if (p != null && p.armed && budget.taken() >= p.bytes && p.disarm()) {
      tell(p);
    }
    return true;
  }

  void give(long bytes) {
    budget.give(bytes);
    Pressure p = pressure;
    if (p != null && !p.armed && budget.taken() <= p.bytes - p.bytes / 8) {
      p.armed = true;
    }
  }

  void onPressure(long bytes, Consumer<Usage> callback) {
    Pressure p = new Pressure(bytes, callback);
    pressure = p;
    if (budget.taken() >= bytes && p.disarm()) {
      tell(p);
    }
  }

  private void tell(Pressure p) {
    Watcher.run(
        () -> {
          Usage usage = account.usage();
          Listeners.tell(listener -> listener.pressure(usage, p.bytes));
          p.callback.accept(usage);
        });
  }
}
