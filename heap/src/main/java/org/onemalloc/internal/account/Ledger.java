package org.onemalloc.internal.account;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.Arrays;

/**
 * The calls of one platform thread, counted by account. Only the owner writes, without atomic
 * operations; other threads read, and sum the ledgers.
 *
 * <p>A block freed on another thread than the one that allocated it makes one ledger too high and
 * another too low by the same amount: only sums are meaningful.
 */
final class Ledger {
  /** Words of an account in a ledger: live bytes, live blocks. */
  static final int WORDS = 2;

  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int FIRST = 16;

  private final WeakReference<Thread> thread;

  /** The owner's thread id; ids are never used again. */
  final long owner;

  final String name;
  private volatile long[] words = new long[FIRST];

  /** What accounting mode counts in addition, see {@link Detail}; null without it. */
  final long[] detail;

  Ledger(Thread thread, boolean detailed) {
    this.thread = new WeakReference<>(thread);
    this.owner = thread.threadId();
    this.name = thread.getName();
    this.detail = detailed ? new long[Detail.WORDS] : null;
  }

  /** Returns whether the owner has ended; if so, all that it wrote is visible. */
  boolean orphaned() {
    Thread owned = thread.get();
    return owned == null || !owned.isAlive();
  }

  /** Adds to an account; called by the owner only. */
  void add(int account, long bytes, long blocks) {
    long[] w = words;
    int i = account * WORDS;
    if (i >= w.length) {
      w = Arrays.copyOf(w, Math.max(2 * w.length, i + WORDS));
      words = w;
    }
    add(w, i, bytes);
    add(w, i + 1, blocks);
  }

  /** Adds to one word of an array that only the caller writes. */
  static void add(long[] words, int i, long value) {
    ELEMENT.setOpaque(words, i, words[i] + value);
  }

  /** Adds this ledger's words to sums, which are enlarged if they are too short. */
  long[] addTo(long[] sums) {
    long[] w = words;
    long[] all = w.length > sums.length ? Arrays.copyOf(sums, w.length) : sums;
    for (int i = 0; i < w.length; i++) {
      all[i] += get(w, i);
    }
    return all;
  }

  /** Returns one word of an account. */
  long word(int i) {
    long[] w = words;
    return i < w.length ? get(w, i) : 0;
  }

  static long get(long[] words, int i) {
    return (long) ELEMENT.getOpaque(words, i);
  }
}
