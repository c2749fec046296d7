package org.onemalloc.internal.checked;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.onemalloc.Allocator;
import org.onemalloc.Finding;
import org.onemalloc.Finding.Kind;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.system.Arguments;
import org.onemalloc.internal.system.Mapped;
import org.onemalloc.internal.system.Memory;

/**
 * The heap that checks everything: the mode {@code full}.
 *
 * <p>Each block is malloc's own and is followed by guarded bytes, so that C's free takes it. It is
 * known by address in a {@link Registry} until it has left the {@link Quarantine} that it enters
 * when it is freed. The thread caches are not used.
 */
public final class CheckedHeap implements FullHeap {
  private static final int GUARD_MIN = 32;
  private static final int GUARD_STEP = 16;
  private static final int GUARD_STEPS = 8;
  private static final int GUARD_MAX = 1024;

  private final DirectHeap direct;
  private final Backend backend;
  private final boolean sharedWithC;
  private final Claims claims;
  private final Inspection inspection;
  private final Registry registry = new Registry();
  private final Quarantine quarantine;
  private int turn;

  public CheckedHeap(DirectHeap direct, boolean sharedWithC, long quarantineBytes) {
    this.direct = direct;
    this.backend = direct.backend();
    this.sharedWithC = sharedWithC;
    this.inspection = new Inspection(backend, sharedWithC);
    this.claims = new Claims(backend, sharedWithC, registry);
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
      claims.freedByC();
    }
    return address;
  }

  /** Returns the number of pattern bytes, such that on glibc they end at the next chunk. */
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

  /** Returns to the allocator what exceeds the quarantine's size, or all of it. */
  private void release(boolean all, List<Finding> found) {
    for (long address = quarantine.take(all); address != 0; address = quarantine.take(all)) {
      Block block = registry.find(address);
      quarantine.left(block);
      Inspection.freed(block, found);
      registry.remove(block);
      if (block.usable() != Block.BROKEN) {
        backend.deallocate(address, block.whole(), block.alignment());
      }
    }
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    Block block = claims.checked(address, size, alignment, "freed");
    if (block != null) {
      free(block);
    }
  }

  private void free(Block block) {
    if (block.isOfC()) {
      if (Copies.release(block.address(), block.size(), "freed")) {
        direct.deallocate(block.address(), block.size(), block.alignment());
      }
      return;
    }
    List<Finding> found = new ArrayList<>();
    inspection.live(block, found);
    boolean broken = found.stream().anyMatch(f -> f.kind() == Kind.WRITTEN_BEFORE_START);
    long usable = broken ? Block.BROKEN : block.usable();
    Block freed = block.freedAt(Sites.here(), Sites.thread(), usable);
    if (!registry.replace(block, freed, freed::fill)) {
      deallocate(
          block.address(),
          block.size(),
          block.alignment()); // another thread has freed it meanwhile
      return;
    }
    quarantine.add(freed);
    release(false, found);
    Findings.report(found);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(address, oldSize, alignment);
    Arguments.check(newSize, alignment);
    return reallocate(this, address, oldSize, newSize, alignment);
  }

  /** Reallocates, with checked arguments, in a heap that may be another. */
  long reallocate(Allocator to, long address, long oldSize, long newSize, long alignment) {
    Block block = claims.checked(address, oldSize, alignment, "reallocated");
    long moved = to.allocate(newSize, alignment);
    if (block != null) {
      Memory.copy(address, moved, Math.min(block.size(), newSize));
      free(block);
    }
    return moved;
  }

  /** Never resizes, so that each change of size is a move, which finds stale addresses. */
  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    Arguments.check(newSize, alignment);
    return usableSize(address, oldSize, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    Arguments.check(address, size, alignment);
    Block block = claims.checked(address, size, alignment, "queried");
    return block == null ? size : block.size();
  }

  @Override
  public long handOver(long address, long size, long alignment) {
    Block block = claims.checked(address, size, alignment, "handed over");
    if (sharedWithC && block != null && !block.isOfC()) {
      registry.remove(block);
    }
    return address;
  }

  @Override
  public void tag(long address, String tag) {
    Block block = registry.find(address);
    if (block != null) {
      registry.replace(block, block.under(tag), () -> {});
    }
  }

  @Override
  public boolean freedAsInC(long address) {
    Block block = registry.find(address);
    if (block != null && block.freed()) {
      Findings.report(block.usedAfterFree("freed"));
      return false;
    }
    if (block == null) {
      return Copies.release(address, 0, "freed");
    }
    registry.remove(block);
    return true;
  }

  @Override
  public long size(long address) {
    Block block = registry.find(address);
    return block == null || block.freed() ? -1 : block.size();
  }

  @Override
  public boolean knows(long address) {
    return registry.find(address) != null;
  }

  /** Moves the block into the quarantine, as if it had been freed here. */
  @Override
  public boolean release(long address) {
    Block block = registry.find(address);
    if (block == null) {
      return true;
    }
    deallocate(address, block.size(), block.alignment());
    return false;
  }

  @Override
  public List<Finding> verify() {
    List<Finding> found = Collections.synchronizedList(new ArrayList<>());
    Mapped.refresh();
    registry.forEach(
        block -> {
          if (block.freed()) {
            Inspection.freed(block, found);
          } else if (!claims.doubtful()
              && Mapped.readable(block.address(), block.address() + block.whole())) {
            inspection.live(block, found);
          }
        });
    return found;
  }

  @Override
  public void addTo(Leaks leaks) {
    registry.forEach(
        block -> {
          if (!block.freed()) {
            leaks.add(block.size(), block.site(), block.thread());
          }
        });
  }
}
