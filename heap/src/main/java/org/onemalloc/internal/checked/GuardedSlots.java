package org.onemalloc.internal.checked;

import java.util.Arrays;
import java.util.function.Consumer;

/** The slots of a {@link GuardedRegion} and their blocks. Guarded by the region's lock. */
final class GuardedSlots {
  private final GuardedBlock[] blocks;
  private int used = 1; // slot 0 is the guard before the first block
  private int next;

  GuardedSlots(int count) {
    this.blocks = new GuardedBlock[count];
  }

  int count() {
    return blocks.length;
  }

  /** Returns the block that has a slot, null if none has. */
  GuardedBlock at(int slot) {
    return blocks[slot];
  }

  /** Returns the first of the given number of adjacent free slots, 0 if there are none. */
  int room(int count) {
    if (used + count > blocks.length) {
      return 0;
    }
    for (int run = 0, i = 0; i < blocks.length; i++) {
      int slot = (next + i) % blocks.length;
      run = slot == 0 ? 0 : blocks[slot] == null ? run + 1 : 0;
      if (run == count) {
        return slot - count + 1;
      }
    }
    return 0;
  }

  void give(GuardedBlock block) {
    Arrays.fill(blocks, block.first(), block.first() + block.count(), block);
    used += block.count();
    next = block.first() + block.count();
  }

  /**
   * Gives a block its slots. The next search begins after them, and succeeds at once if every block
   * has one slot.
   */
  void take(GuardedBlock block) {
    Arrays.fill(blocks, block.first(), block.first() + block.count(), null);
    used -= block.count();
    next = block.first();
  }

  void forEachLive(Consumer<GuardedBlock> action) {
    for (int i = 0; i < blocks.length; i++) {
      GuardedBlock block = blocks[i];
      if (block != null && block.first() == i && !block.freed()) {
        action.accept(block);
      }
    }
  }
}
