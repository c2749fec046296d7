package org.onemalloc.internal.account;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.onemalloc.HeapStatistics;

/**
 * The ledgers of all threads.
 *
 * <p>Design. A platform thread finds its ledger as it finds its magazines: by thread id in a table,
 * whose owner is then checked. A virtual thread has no ledger, nor has a thread whose place in the
 * table belongs to a live thread: they add to striped counters of the account itself, by atomic
 * operations. The ledger of an ended thread is added to {@code retired} by the thread that takes
 * its place, or by a reader.
 *
 * <p>Rejected: LongAdder for each account (an atomic operation each time, and cells that only
 * contention distributes); ThreadLocal (4.9 ns instead of a fraction of one); fields of Thread (a
 * library cannot add any).
 */
public final class Ledgers {
  /** Places for platform threads; threads without a place are counted too, but more slowly. */
  static final int PLACES = 1 << 12;

  private final Ledger[] table;
  private final boolean detailed;
  private final AtomicLongArray shared;

  /** The ledgers in the table. */
  private final List<Ledger> all = new ArrayList<>();

  private long[] retired = new long[0];
  private final long[] retiredDetail = new long[Detail.WORDS];

  /**
   * Makes the ledgers of a heap.
   *
   * @param detailed whether sizes and threads are counted too
   * @param places the number of threads that may have a ledger at a time, a power of two
   */
  Ledgers(boolean detailed, int places) {
    this.table = new Ledger[places];
    this.detailed = detailed;
    this.shared = detailed ? new AtomicLongArray(Detail.WORDS) : null;
  }

  public boolean detailed() {
    return detailed;
  }

  /** Counts a block of 1 byte or more that was allocated, with sign 1, or freed, with sign -1. */
  public void count(int account, Stripes unowned, long size, int sign) {
    long id = Thread.currentThread().threadId();
    Ledger ledger = table[place(id)];
    if (ledger == null || ledger.owner != id) {
      ledger = claim(id);
    }
    if (ledger == null) {
      unowned.add(id, sign * size, sign);
    } else {
      ledger.add(account, sign * size, sign);
    }
    if (detailed) {
      countDetail(ledger, size, sign);
    }
  }

  private int place(long id) {
    return (int) id & (table.length - 1);
  }

  private void countDetail(Ledger ledger, long size, int sign) {
    if (ledger == null) {
      Detail.count(shared, size, sign);
    } else {
      Detail.count(ledger.detail, size, sign);
    }
  }

  private Ledger claim(long id) {
    Thread thread = Thread.currentThread();
    return thread.isVirtual() ? null : claim(thread, place(id));
  }

  private synchronized Ledger claim(Thread thread, int slot) {
    Ledger there = table[slot];
    if (there != null && !there.orphaned()) {
      return null;
    }
    if (there != null) {
      retire(there);
    }
    Ledger ledger = new Ledger(thread, detailed);
    all.add(ledger);
    table[slot] = ledger;
    return ledger;
  }

  private void retire(Ledger dead) {
    retired = dead.addTo(retired);
    if (detailed) {
      for (int i = 0; i < Detail.WORDS; i++) {
        retiredDetail[i] += Ledger.get(dead.detail, i);
      }
    }
    table[place(dead.owner)] = null;
    all.remove(dead);
  }

  /** Returns a word of an account over all threads. */
  synchronized long sum(int account, Stripes unowned, int word) {
    int i = account * Ledger.WORDS + word;
    long sum = (i < retired.length ? retired[i] : 0) + unowned.sum(word);
    for (Ledger ledger : all) {
      sum += ledger.word(i);
    }
    return sum;
  }

  /** Returns the sums of accounting mode; all 0 without it. */
  public synchronized long[] detail() {
    retireOrphans();
    long[] sums = retiredDetail.clone();
    for (int i = 0; detailed && i < Detail.WORDS; i++) {
      sums[i] += shared.get(i);
      for (Ledger ledger : all) {
        sums[i] += Ledger.get(ledger.detail, i);
      }
    }
    return sums;
  }

  /** Returns what each live thread allocated and freed; the last entry has the rest. */
  public synchronized List<HeapStatistics.ThreadUsage> threads() {
    List<HeapStatistics.ThreadUsage> threads = new ArrayList<>();
    if (!detailed) {
      return threads;
    }
    retireOrphans();
    for (Ledger ledger : all) {
      threads.add(usage(ledger.name, ledger.owner, ledger.detail.clone()));
    }
    long[] rest = retiredDetail.clone();
    for (int i = 0; i < Detail.FIRST_CLASS; i++) {
      rest[i] += shared.get(i);
    }
    threads.add(usage("virtual and ended threads", 0, rest));
    return threads;
  }

  private static HeapStatistics.ThreadUsage usage(String name, long id, long[] d) {
    return new HeapStatistics.ThreadUsage(name, id, d[0], d[1], d[2], d[3]);
  }

  private void retireOrphans() {
    for (Ledger ledger : List.copyOf(all)) {
      if (ledger.orphaned()) {
        retire(ledger);
      }
    }
  }
}
