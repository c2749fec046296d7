package org.onemalloc.internal.checked;

import java.util.Arrays;
import java.util.function.Consumer;

/** Which block of a {@link GuardedRegion} has which slots. The region's lock guards it. */
final class GuardedSlots {
  private final GuardedBlock[] samples;
  private int used = 1; // slot 0 is the guard before the first block
  private int next;

  GuardedSlots(int count) {
    this.samples = new GuardedBlock[count];
  }

  int count() {
    return samples.length;
  }

  /** Returns the block that has a slot, null if none has. */
  GuardedBlock at(int slot) {
    return samples[slot];
  }

  /** Returns the first of so many slots in a row that are nobody's, 0 if there are none. */
  int room(int count) {
    if (used + count > samples.length) {
      return 0;
    }
    for (int run = 0, i = 0; i < samples.length; i++) {
      int slot = (next + i) % samples.length;
      run = slot == 0 ? 0 : samples[slot] == null ? run + 1 : 0;
      if (run == count) {
        return slot - count + 1;
      }
    }
    return 0;
  }

  void give(GuardedBlock sample) {
    Arrays.fill(samples, sample.first(), sample.first() + sample.count(), sample);
    used += sample.count();
    next = sample.first() + sample.count();
  }

  /** The next search begins here, and ends here where every block has one slot. */
  void take(GuardedBlock sample) {
    Arrays.fill(samples, sample.first(), sample.first() + sample.count(), null);
    used -= sample.count();
    next = sample.first();
  }

  void forEachLive(Consumer<GuardedBlock> action) {
    for (int i = 0; i < samples.length; i++) {
      GuardedBlock sample = samples[i];
      if (sample != null && sample.first() == i && !sample.freed()) {
        action.accept(sample);
      }
    }
  }
}
