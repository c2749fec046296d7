package org.onemalloc.internal.checked;

import java.util.List;
import org.onemalloc.Finding;
import org.onemalloc.Finding.Kind;
import org.onemalloc.internal.bind.Backend;

/**
 * Inspects the bytes in and around a block.
 *
 * @param sharedWithC whether C may have freed the block, and got its address again
 */
record Inspection(Backend backend, boolean sharedWithC) {

  /** Inspects the bytes around a live block. */
  void live(Block block, List<Finding> found) {
    long first = block.damagePastEnd();
    if (first >= 0) {
      long last = Patterns.last(block.address() + block.size(), block.guard(), Patterns.GUARD);
      String what = "Bytes " + first + " to " + last + " past the end of a block were written.";
      found.add(block.finding(Kind.WRITTEN_PAST_END, what));
    }
    long now = backend.actualSize(block.address());
    if (now != block.usable() && !(sharedWithC && now == backend.goodSize(block.size()))) {
      String what = "Bytes before a block were written: its header says " + now + " bytes.";
      found.add(block.finding(Kind.WRITTEN_BEFORE_START, what));
    }
  }

  /** Inspects a freed block. */
  static void freed(Block block, List<Finding> found) {
    long first = Patterns.damage(block.address(), block.size(), Patterns.FREED);
    if (first >= 0) {
      String what = "Byte " + first + " of a block was written after the block was freed.";
      found.add(block.finding(Kind.WRITTEN_AFTER_FREE, what));
    }
    long past = block.damagePastEnd();
    if (past >= 0) {
      String what =
          "Byte " + past + " past the end of a block was written after the block was freed.";
      found.add(block.finding(Kind.WRITTEN_AFTER_FREE, what));
    }
  }
}
