package org.onemalloc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.onemalloc.Finding.Kind;

/**
 * The heap that checks everything: the mode {@code full}.
 *
 * <p>Each block is malloc's own and is followed by guarded bytes, so that C's free takes it. It is
 * known by address in a {@link Registry} until it has left the {@link Quarantine} that it enters
 * when it is freed. The thread caches are not used.
 */
final class CheckedHeap implements Allocator {

  /*
   * What cannot be known for sure: C may free a block of ours without our hearing of it, and be
   * given the same address again. Who frees that address here is right, whatever the registry says
   * of the block that was there before. So a wrong size or alignment is a finding only if it cannot
   * be C's: the allocator says the same of the block as when it was new, and either no block of that
   * extent could have been asked for by this size, or the guard is whole and C was never caught
   * freeing a block of ours. The guard's length changes from block to block, so that a mistake that
   * happens to look like C's does not do so again. HeapChecks.handOver makes all of it exact.
   */

  private static final int GUARD_MIN = 32;
  private static final int GUARD_STEP = 16;
  private static final int GUARD_STEPS = 8;
  private static final int GUARD_MAX = 1024;

  private final DirectHeap direct;
  private final Backend backend;
  private final boolean sharedWithC;
  private final Registry registry = new Registry();
  private final Quarantine quarantine;
  private int turn;
  private volatile boolean freedByC;

  CheckedHeap(DirectHeap direct, boolean sharedWithC, long quarantineBytes) {
    this.direct = direct;
    this.backend = direct.backend();
    this.sharedWithC = sharedWithC;
    this.quarantine = new Quarantine(quarantineBytes);
  }

  @Override
  public long allocate(long size, long alignment) {
    return allocate(size, alignment, false);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return allocate(size, alignment, true);
  }

  private long allocate(long size, long alignment, boolean zeroed) {
    Arguments.check(size, alignment);
    if (size == 0) {
      return DirectHeap.empty(alignment);
    }
    int guard = guard(size);
    long address = 0;
    if (size <= Long.MAX_VALUE - alignment - guard) {
      address = raw(size + guard, alignment, zeroed);
    }
    if (address == 0) {
      throw Arguments.outOfMemory(size, alignment, direct.name());
    }
    if (!zeroed) {
      Patterns.fill(address, size, Patterns.NEW);
    }
    Patterns.fill(address + size, guard, Patterns.GUARD);
    long usable = backend.actualSize(address);
    Block block =
        new Block(
            address, size, alignment, guard, usable, Sites.here(), Sites.thread(), Sites.NONE, 0);
    if (registry.add(block)) {
      freedByC = true;
    }
    return address;
  }

  /** Chooses the guard so that on glibc nothing lies between its end and the next chunk. */
  private int guard(long size) {
    turn++; // a lost update does no harm
    long more = (long) (turn & (GUARD_STEPS - 1)) * GUARD_STEP;
    long least = Math.clamp(size >> 3, GUARD_MIN, GUARD_MAX) + more;
    return (int) (least + ((8 - size - least) & 15));
  }

  private long raw(long size, long alignment, boolean zeroed) {
    long address = once(size, alignment, zeroed);
    if (address == 0) {
      List<Finding> found = new ArrayList<>();
      release(true, found);
      address = once(size, alignment, zeroed);
      found.forEach(Findings::print);
    }
    return address;
  }

  private long once(long size, long alignment, boolean zeroed) {
    return zeroed ? backend.allocateZeroed(size, alignment) : backend.allocate(size, alignment);
  }

  /** Gives back what the quarantine has too much, or all of it. */
  private void release(boolean all, List<Finding> found) {
    for (long address = quarantine.take(all); address != 0; address = quarantine.take(all)) {
      Block block = registry.find(address);
      quarantine.left(block);
      inspectFreed(block, found);
      registry.remove(block);
      if (block.usable() != Block.BROKEN) {
        backend.deallocate(address, block.whole(), block.alignment());
      }
    }
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    Block block = checked(address, size, alignment, "freed");
    if (block != null) {
      free(block);
    }
  }

  private void free(Block block) {
    if (block.isOfC()) {
      direct.deallocate(block.address(), block.size(), block.alignment());
      return;
    }
    List<Finding> found = new ArrayList<>();
    inspectLive(block, found);
    boolean broken = found.stream().anyMatch(f -> f.kind() == Kind.WRITTEN_BEFORE_START);
    long usable = broken ? Block.BROKEN : block.usable();
    Block freed = block.freedAt(Sites.here(), Sites.thread(), usable);
    if (!registry.replace(block, freed)) {
      deallocate(block.address(), block.size(), block.alignment()); // another thread was faster
      return;
    }
    Patterns.fill(block.address(), block.size(), Patterns.FREED);
    Patterns.fill(block.address() + block.size(), block.guard(), Patterns.GUARD);
    quarantine.add(freed);
    release(false, found);
    Findings.report(found);
  }

  /**
   * Returns the block at an address after checking what a caller says of it; null if there is none,
   * which was reported.
   */
  private Block checked(long address, long size, long alignment, String done) {
    Block block = registry.find(address);
    if (block == null) {
      return ofC(address, size, alignment, done);
    }
    if (block.freed()) {
      Findings.report(
          block.finding(Kind.FREED_TWICE, "A block was " + done + " after it had been freed."));
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
                ? "A block was " + done + " as one of " + size + " bytes."
                : "A block was " + done + " as one of alignment " + alignment + "."));
    return block;
  }

  /** Whether C may have freed the block and been given one of this size at its address. */
  private boolean mayBeOfC(Block block, long size) {
    if (!sharedWithC) {
      return false;
    }
    long now = backend.actualSize(block.address());
    boolean fits = size == now || (size <= now && backend.goodSize(size) == now);
    return fits && (now != block.usable() || freedByC || block.damageBehind() >= 0);
  }

  /** Returns what may be a block of C's; null if it cannot be one, which is reported. */
  private Block ofC(long address, long size, long alignment, String done) {
    if (size == 0) {
      return null;
    }
    String why = Foreign.why(backend, sharedWithC, address, size, alignment);
    Block near = why.isEmpty() && Foreign.sure(backend) ? null : registry.around(address);
    if (near != null) {
      String where = "An address " + (address - near.address()) + " bytes into a block was ";
      Findings.report(near.finding(Kind.NOT_A_BLOCK, where + done + "."));
    } else if (!why.isEmpty()) {
      Findings.report(Foreign.finding(address, size, done, why));
    }
    return near == null && why.isEmpty() ? Block.ofC(address, size, alignment) : null;
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    Block block = checked(address, oldSize, alignment, "reallocated");
    long moved = allocate(newSize, alignment);
    if (block != null) {
      Memory.copy(address, moved, Math.min(block.size(), newSize));
      free(block);
    }
    return moved;
  }

  /** Blocks stay as they are: each change of size then is a move, which finds stale addresses. */
  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(newSize, alignment);
    return usableSize(address, oldSize, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    Block block = checked(address, size, alignment, "asked about");
    return block == null ? size : block.size();
  }

  /** Forgets a block that C's free is about to be given. */
  void handOver(long address, long size, long alignment) {
    Block block = checked(address, size, alignment, "handed over");
    if (sharedWithC && block != null && !block.isOfC()) {
      registry.remove(block);
    }
  }

  /** Looks at the bytes around a living block. */
  private void inspectLive(Block block, List<Finding> found) {
    long first = block.damageBehind();
    if (first >= 0) {
      long last = Patterns.last(block.address() + block.size(), block.guard(), Patterns.GUARD);
      String what = "Bytes " + first + " to " + last + " behind the end of a block were written.";
      found.add(block.finding(Kind.WRITTEN_PAST_END, what));
    }
    long now = backend.actualSize(block.address());
    if (now != block.usable() && !(sharedWithC && now == backend.goodSize(block.size()))) {
      String what = "Bytes before a block were written: its header says " + now + " bytes.";
      found.add(block.finding(Kind.WRITTEN_BEFORE_START, what));
    }
  }

  private static void inspectFreed(Block block, List<Finding> found) {
    long first = Patterns.damage(block.address(), block.size(), Patterns.FREED);
    if (first >= 0) {
      String what = "Byte " + first + " of a block was written after the block was freed.";
      found.add(block.finding(Kind.WRITTEN_AFTER_FREE, what));
    }
    long behind = block.damageBehind();
    if (behind >= 0) {
      String what = "Byte " + behind + " behind a block was written after the block was freed.";
      found.add(block.finding(Kind.WRITTEN_AFTER_FREE, what));
    }
  }

  /** Looks at every block now. */
  List<Finding> verify() {
    List<Finding> found = Collections.synchronizedList(new ArrayList<>());
    Mapped.refresh();
    registry.forEach(
        block -> {
          if (block.freed()) {
            inspectFreed(block, found);
          } else if (!freedByC
              && Mapped.readable(block.address(), block.address() + block.whole())) {
            inspectLive(block, found);
          }
        });
    return found;
  }

  /** Adds up the blocks that live. */
  List<Leak> leaks() {
    Leaks leaks = new Leaks();
    registry.forEach(
        block -> {
          if (!block.freed()) {
            leaks.add(block.size(), block.site(), block.thread());
          }
        });
    return leaks.sorted();
  }
}
