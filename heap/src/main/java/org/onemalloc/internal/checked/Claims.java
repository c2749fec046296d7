package org.onemalloc.internal.checked;

import org.onemalloc.Finding.Kind;
import org.onemalloc.internal.bind.Backend;

/** Compares what a caller claims about a block with what is known about it. */
final class Claims {

  /*
   * C may free one of our blocks unnoticed, and then get the same address again. A caller that
   * frees that address here is right, whatever the registry has for the earlier block. So a wrong
   * size or alignment is reported only if the block cannot be C's: the allocator reports the same
   * usable size as when the block was new, and either no request of this size has that usable size,
   * or the pattern bytes are intact and C was never found to have freed a block of ours. The number
   * of pattern bytes differs from block to block, so that a mistake that happens to look like C's
   * does not do so again. HeapChecks.handOver makes all of it exact.
   */

  /**
   * How much larger a block may be than the allocator's usable size for its request: glibc does not
   * split off a remainder that is smaller than its smallest chunk (MINSIZE in malloc.c, 32 bytes).
   */
  private static final long REMAINDER = 16;

  private final Backend backend;
  private final boolean sharedWithC;
  private final Registry registry;
  private volatile boolean freedByC;

  Claims(Backend backend, boolean sharedWithC, Registry registry) {
    this.backend = backend;
    this.sharedWithC = sharedWithC;
    this.registry = registry;
  }

  /** Records that C was found to have freed a registered block. */
  void freedByC() {
    freedByC = true;
  }

  /** Returns whether registered blocks may have been freed by C. */
  boolean doubtful() {
    return freedByC;
  }

  /**
   * Returns the block at an address after checking what a caller claims about it; null if there is
   * none, which is reported.
   */
  Block checked(long address, long size, long alignment, String done) {
    Block block = registry.find(address);
    if (block == null) {
      return ofC(address, size, alignment, done);
    }
    if (block.freed()) {
      Findings.report(block.usedAfterFree(done));
      return null;
    }
    if (size == block.size() && alignment == block.alignment()) {
      return block;
    }
    if (size != 0 && mayBeOfC(block, size)) {
      registry.remove(block);
      freedByC = true;
      return ofC(address, size, alignment, done);
    }
    boolean wrongSize = size != block.size();
    Findings.report(
        block.finding(
            wrongSize ? Kind.WRONG_SIZE : Kind.WRONG_ALIGNMENT,
            wrongSize
                ? "A block was " + done + " as a block of " + size + " bytes."
                : "A block was " + done + " as a block of alignment " + alignment + "."));
    return block;
  }

  /** Returns whether C may have freed the block and got one of this size at its address. */
  private boolean mayBeOfC(Block block, long size) {
    if (!sharedWithC) {
      return false;
    }
    long now = backend.actualSize(block.address());
    long more = size > now ? -1 : now - Math.max(size, backend.goodSize(size));
    boolean fits = size == now || (more >= 0 && more <= REMAINDER);
    return fits && (now != block.usable() || freedByC || block.damagePastEnd() >= 0);
  }

  /** Returns the block as a block of C's; null if it cannot be one, which is reported. */
  private Block ofC(long address, long size, long alignment, String done) {
    if (size == 0) {
      return null;
    }
    if (Copies.know(address)) {
      return Block.ofC(address, size, alignment);
    }
    String why = CBlocks.why(backend, sharedWithC, address, size, alignment);
    boolean sure = why.isEmpty() && (freedByC || CBlocks.sure(backend));
    Block near = sure ? null : registry.around(address);
    if (near != null) {
      String where = "An address " + (address - near.address()) + " bytes into a block was ";
      Findings.report(near.finding(Kind.NOT_A_BLOCK, where + done + "."));
    } else if (!why.isEmpty()) {
      Findings.report(CBlocks.finding(address, size, done, why));
    }
    return near == null && why.isEmpty() ? Block.ofC(address, size, alignment) : null;
  }
}
