package org.onemalloc.internal.checked;

import java.util.Arrays;
import java.util.function.Consumer;

/** Which block of a {@link GuardedRegion} has which slots. The region's lock guards it. */
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

  /** Returns the first of so many free slots in a row, 0 if there are none. */
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

  /** The next search begins here, and ends here where every block has one slot. */
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
