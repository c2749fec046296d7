package org.onemalloc;

import java.util.Objects;
import java.util.function.Consumer;
import org.onemalloc.internal.account.Account;
import org.onemalloc.internal.account.Limit;
import org.onemalloc.internal.account.Refusal;
import org.onemalloc.internal.cache.ProcessHeap;
import org.onemalloc.internal.checked.Checking;
import org.onemalloc.internal.checked.FullHeap;
import org.onemalloc.internal.checked.Guarded;
import org.onemalloc.internal.system.Arguments;

/**
 * The heap of this process under a tag: blocks of the same heap, counted, and limited if a limit is
 * set. {@link Heap#tagged} returns it.
 *
 * <p>A tag is a name, or names with {@code /} between them: {@code cache/index} is below {@code
 * cache}, and counts towards its limit. Tags are for the parts of a program and not for its
 * requests: they are few, and kept for the life of the process.
 *
 * <h2 id="accounts">What is counted</h2>
 *
 * <p>The requested bytes are counted. So the only <a href="Allocator.html#free">legal size</a> of a
 * block with a tag is the one last requested, and {@link #usableSize} returns that size. A call
 * that throws leaves the accounts unchanged. A block must be freed under the tag that it was
 * allocated with; one that is freed through {@link Heap}, by C, or under another tag stays on its
 * tag's account, and the other account becomes too low, possibly below zero. A {@link #reallocate}
 * that moves a block counts only the new one, although both exist for a moment.
 *
 * <h2 id="limits">Limits</h2>
 *
 * <p>A limit counts its tag and all below it. A call that would take them beyond it throws {@link
 * OutOfMemoryError} with a list of the live bytes there, and has no effect; {@link #resizeInPlace}
 * does not resize then. A limit set while other threads allocate is exact except for the calls that
 * are under way at that moment; the system properties {@code onemalloc.limit} (the process) and
 * {@code onemalloc.limit.TAG} set limits before the first call.
 *
 * <p>May be used by any number of threads.
 */
public final class TaggedHeap implements Allocator {
  private final Account account;
  private final Allocator under;
  private final boolean plain;

  /**
   * Creates the allocator of an account.
   *
   * @param under the allocator of the blocks
   * @param plain whether that is {@link ProcessHeap#CACHED}, whose fields the JIT treats as
   *     constants
   */
  TaggedHeap(Account account, Allocator under, boolean plain) {
    this.account = account;
    this.under = under;
    this.plain = plain;
  }

  /** Returns another account over the same blocks. */
  TaggedHeap under(Account other) {
    return new TaggedHeap(other, under, plain);
  }

  /**
   * Returns the tag.
   *
   * @return the name given to {@link Heap#tagged}
   */
  public String tag() {
    return account.tag();
  }

  /**
   * Returns the usage of this tag.
   *
   * @return the sums over all threads
   */
  public Usage usage() {
    return account.usage();
  }

  /**
   * Limits this tag and all below it together. Blocks that exceed a new limit stay; only new calls
   * are refused.
   *
   * @param bytes the maximum of live bytes, above 0; {@link Long#MAX_VALUE} for no limit
   * @throws IllegalArgumentException if {@code bytes} is not above 0
   */
  public void limit(long bytes) {
    account.limit(checked(bytes));
  }

  /**
   * Calls back when this tag and all below it have the given number of live bytes, at once if they
   * already have. The callback is called once, and again only after the live bytes have fallen to
   * seven eighths of the number and reached it again. It replaces a previous callback.
   *
   * <p>It runs on the daemon thread {@code onemalloc watcher}, one callback after another, so that
   * it may allocate, free and wait; what it throws goes to that thread's handler of uncaught
   * exceptions. The thread that allocated does not wait for it.
   *
   * @param bytes the number of live bytes, above 0
   * @param callback the callback, which receives the usage at the time when it runs
   * @throws IllegalArgumentException if {@code bytes} is not above 0
   * @throws NullPointerException if {@code callback} is null
   */
  public void onPressure(long bytes, Consumer<Usage> callback) {
    account.onPressure(checked(bytes), Objects.requireNonNull(callback));
  }

  private static long checked(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("A limit of " + bytes + " bytes is not above 0.");
    }
    return Math.min(bytes, Limit.NONE);
  }

  @Override
  public long allocate(long size, long alignment) {
    Limit[] limits = account.limits();
    if (limits.length != 0) {
      return allocateWithin(limits, size, alignment, false);
    }
    long address =
        plain ? ProcessHeap.CACHED.allocate(size, alignment) : under.allocate(size, alignment);
    came(address, size);
    return address;
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    Limit[] limits = account.limits();
    if (limits.length != 0) {
      return allocateWithin(limits, size, alignment, true);
    }
    long address = under.allocateZeroed(size, alignment);
    came(address, size);
    return address;
  }

  private long allocateWithin(Limit[] limits, long size, long alignment, boolean zeroed) {
    Arguments.check(size, alignment);
    take(limits, size, size, alignment);
    long address;
    try {
      address = zeroed ? under.allocateZeroed(size, alignment) : under.allocate(size, alignment);
    } catch (Throwable t) {
      Account.give(limits, limits.length, size);
      throw t;
    }
    came(address, size);
    return address;
  }

  private static void take(Limit[] limits, long more, long size, long alignment) {
    Limit full = Account.take(limits, more);
    if (full != null) {
      throw Refusal.of(full, more, size, alignment);
    }
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (plain) {
      ProcessHeap.CACHED.deallocate(address, size, alignment);
    } else {
      under.deallocate(address, size, alignment);
    }
    handedOver(size);
  }

  /** Removes from the account a block that C will free. */
  void handedOver(long size) {
    went(size);
    Limit[] limits = account.limits();
    if (limits.length != 0) {
      Account.give(limits, limits.length, size);
    }
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    Limit[] limits = account.limits();
    long more = Math.max(0, newSize - oldSize);
    take(limits, more, newSize, alignment);
    long moved;
    try {
      moved = under.reallocate(address, oldSize, newSize, alignment);
    } catch (Throwable t) {
      Account.give(limits, limits.length, more);
      throw t;
    }
    resized(limits, moved, oldSize, newSize);
    return moved;
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    Limit[] limits = account.limits();
    long more = Math.max(0, newSize - oldSize);
    if (Account.take(limits, more) != null) {
      return oldSize;
    }
    long usable = under.resizeInPlace(address, oldSize, newSize, alignment);
    boolean done = newSize >= oldSize ? usable >= newSize : usable < oldSize;
    if (!done) {
      Account.give(limits, limits.length, more);
      return oldSize;
    }
    resized(limits, address, oldSize, newSize);
    return newSize;
  }

  private void resized(Limit[] limits, long address, long oldSize, long newSize) {
    went(oldSize);
    came(address, newSize);
    Account.give(limits, limits.length, Math.max(0, oldSize - newSize));
  }

  /**
   * Returns {@code size}, see <a href="#accounts">What is counted</a>.
   *
   * @throws IllegalArgumentException if an argument is not as required, or {@code address} is 0
   */
  @Override
  public long usableSize(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    return size;
  }

  private void came(long address, long size) {
    if (size != 0) {
      account.count(size, 1);
    }
    if (Checking.ON && size != 0 && !account.tag().isEmpty()) {
      note(address, size);
    }
  }

  /** Records the tag of a checked block that was just allocated. */
  private void note(long address, long size) {
    if (under instanceof FullHeap full) {
      full.tag(address, account.tag());
    } else {
      Guarded.tag(address, size, account.tag());
    }
  }

  private void went(long size) {
    if (size != 0) {
      account.count(size, -1);
    }
  }
}
