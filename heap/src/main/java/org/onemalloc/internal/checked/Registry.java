package org.onemalloc.internal.checked;

import java.util.function.Consumer;

/**
 * The blocks that are live or in quarantine, by address.
 *
 * <p>Open addressing in arrays of longs, 64 of them with a lock each: 56 bytes a block, no object.
 */
public final class Registry {
  private static final int STRIPE_BITS = 6;
  private static final int WORDS = 7;
  private static final int FIRST = 64;

  private final Stripe[] stripes = new Stripe[1 << STRIPE_BITS];

  public Registry() {
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new Stripe();
    }
  }

  private static long hash(long address) {
    return (address >>> 3) * 0x9e3779b97f4a7c15L;
  }

  private Stripe stripe(long address) {
    return stripes[(int) (hash(address) >>> (Long.SIZE - STRIPE_BITS))];
  }

  /** Adds a block; returns whether it replaced a live one at the same address. */
  public boolean add(Block block) {
    Stripe stripe = stripe(block.address());
    synchronized (stripe) {
      return stripe.put(block);
    }
  }

  /** Returns the block at this address, null if there is none. */
  public Block find(long address) {
    Stripe stripe = stripe(address);
    synchronized (stripe) {
      int at = stripe.find(address);
      return at < 0 ? null : stripe.block(at);
    }
  }

  /**
   * Replaces one state of a block by another, if the first is still the block's, and runs an action
   * on the block that other threads see completed.
   */
  public boolean replace(Block was, Block now, Runnable meanwhile) {
    Stripe stripe = stripe(was.address());
    synchronized (stripe) {
      int at = stripe.find(was.address());
      if (at < 0 || !stripe.block(at).equals(was)) {
        return false;
      }
      meanwhile.run();
      stripe.put(now);
      return true;
    }
  }

  /** Removes a block, if it is still in this state. */
  public boolean remove(Block block) {
    Stripe stripe = stripe(block.address());
    synchronized (stripe) {
      int at = stripe.find(block.address());
      if (at < 0 || !stripe.block(at).equals(block)) {
        return false;
      }
      stripe.remove(at);
      return true;
    }
  }

  /** Returns the block that contains an address, null if there is none. Searches all blocks. */
  Block around(long address) {
    Block[] found = {null};
    forEach(block -> found[0] = block.contains(address) ? block : found[0]);
    return found[0];
  }

  /** Passes every block to an action; no block is returned to the allocator meanwhile. */
  void forEach(Consumer<Block> action) {
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        stripe.forEach(action);
      }
    }
  }

  private static final class Stripe {
    private long[] words = new long[FIRST * WORDS];
    private int count;

    private int slots() {
      return words.length / WORDS;
    }

    private int home(long address) {
      return (int) (hash(address) >>> 16) & (slots() - 1);
    }

    /** Returns the index of a block, or the complement of the index where it would be. */
    int find(long address) {
      int at = home(address);
      while (words[at * WORDS] != 0) {
        if (words[at * WORDS] == address) {
          return at;
        }
        at = (at + 1) & (slots() - 1);
      }
      return ~at;
    }

    boolean put(Block block) {
      int at = find(block.address());
      if (at < 0 && 2 * (count + 1) > slots()) {
        grow();
        at = find(block.address());
      }
      boolean there = at >= 0;
      count += there ? 0 : 1;
      int w = (there ? at : ~at) * WORDS;
      words[w] = block.address();
      words[w + 1] = block.size();
      words[w + 2] = (long) block.guard() << 8 | Long.numberOfTrailingZeros(block.alignment());
      words[w + 3] = block.usable();
      words[w + 4] = (long) block.freeSite() << 32 | block.site();
      words[w + 5] = block.thread();
      words[w + 6] = block.freeThread();
      return there;
    }

    Block block(int at) {
      int w = at * WORDS;
      return new Block(
          words[w],
          words[w + 1],
          1L << (words[w + 2] & 0xff),
          (int) (words[w + 2] >>> 8),
          words[w + 3],
          (int) words[w + 4],
          words[w + 5],
          (int) (words[w + 4] >>> 32),
          words[w + 6]);
    }

    /** Moves later blocks up, so that no search ends before its block (Knuth, 6.4, algorithm R). */
    void remove(int at) {
      int mask = slots() - 1;
      int hole = at;
      for (int i = (at + 1) & mask; words[i * WORDS] != 0; i = (i + 1) & mask) {
        if (((i - home(words[i * WORDS])) & mask) >= ((i - hole) & mask)) {
          System.arraycopy(words, i * WORDS, words, hole * WORDS, WORDS);
          hole = i;
        }
      }
      words[hole * WORDS] = 0;
      count--;
    }

    private void grow() {
      long[] old = words;
      words = new long[old.length * 2];
      for (int w = 0; w < old.length; w += WORDS) {
        if (old[w] != 0) {
          System.arraycopy(old, w, words, ~find(old[w]) * WORDS, WORDS);
        }
      }
    }

    void forEach(Consumer<Block> action) {
      for (int at = 0; at < slots(); at++) {
        if (words[at * WORDS] != 0) {
          action.accept(block(at));
        }
      }
    }
  }
}
