package org.onemalloc.netty;

import java.util.concurrent.atomic.LongAdder;

/**
 * The lanes of an allocator, and its accounts.
 *
 * <p>A lane is found by the thread's id, and its owner is then checked, as the heap finds its
 * caches: a ThreadLocal would cost more than the allocation. Virtual threads, and threads whose
 * place is taken by another, have no lane and count in shared counters.
 *
 * <p>A lane holds a reserve of the budget between 0 and {@code 2 * QUANTUM}, so that most buffers
 * are allocated and freed without access to shared memory. Sums are exact: the buffers hold what
 * was taken from the budget minus all reserves.
 */
final class Lanes {
  private static final int COUNT = 1024;
  private static final long QUANTUM = 64 * 1024;

  private final Lane[] lanes = new Lane[COUNT];
  private final OnemallocByteBufAllocator allocator;
  private final Budget budget;
  private final LongAdder allocations = new LongAdder();
  private final LongAdder releases = new LongAdder();

  Lanes(OnemallocByteBufAllocator allocator, Budget budget) {
    this.allocator = allocator;
    this.budget = budget;
  }

  /** Returns the lane of the calling thread, or null if it has none. */
  Lane mine() {
    long id = Thread.currentThread().threadId();
    Lane lane = lanes[(int) id & COUNT - 1];
    return lane != null && lane.id == id ? lane : claim();
  }

  private Lane claim() {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      return null;
    }
    synchronized (this) {
      int i = (int) thread.threadId() & COUNT - 1;
      retire(i);
      if (lanes[i] != null) {
        return null;
      }
      lanes[i] = new Lane(allocator, thread);
      return lanes[i];
    }
  }

  /** Empties a place whose thread has ended. */
  private void retire(int i) {
    Lane lane = lanes[i];
    if (lane != null && lane.orphaned()) {
      budget.give(lane.reserve);
      allocations.add(lane.allocations);
      releases.add(lane.releases);
      lanes[i] = null;
    }
  }

  /** Counts a new buffer. */
  void take(Lane lane, int bytes) {
    reserve(lane, bytes);
    if (lane != null) {
      lane.allocations++;
    } else {
      allocations.increment();
    }
  }

  /** Subtracts a buffer that was freed. */
  void give(Lane lane, int bytes) {
    unreserve(lane, bytes);
    if (lane != null) {
      lane.releases++;
    } else {
      releases.increment();
    }
  }

  void reserve(Lane lane, int bytes) {
    if (lane != null && lane.reserve >= bytes) {
      lane.reserve -= bytes;
    } else {
      refill(lane, bytes);
    }
  }

  void unreserve(Lane lane, int bytes) {
    if (lane == null) {
      budget.give(bytes);
      return;
    }
    long reserve = lane.reserve + bytes;
    lane.reserve = reserve;
    if (reserve > 2 * QUANTUM) {
      spill(lane);
    }
  }

  private void refill(Lane lane, int bytes) {
    long there = lane == null ? 0 : lane.reserve;
    if (lane != null && !budget.scarce() && budget.take(bytes - there + QUANTUM)) {
      lane.reserve = QUANTUM;
    } else if (takeOrSweep(bytes - there)) {
      if (lane != null) {
        lane.reserve = 0;
      }
    } else {
      throw new OutOfMemoryError(
          "failed to allocate "
              + bytes
              + " byte(s) of direct memory (used: "
              + used()
              + ", max: "
              + budget.limit()
              + "): raise -Dio.netty.maxDirectMemory, or find the buffers that are not released");
    }
  }

  private void spill(Lane lane) {
    long keep = budget.scarce() ? 0 : QUANTUM;
    budget.give(lane.reserve - keep);
    lane.reserve = keep;
  }

  /** Takes from the budget; if that fails, reclaims the reserves of ended threads first. */
  private boolean takeOrSweep(long bytes) {
    if (budget.take(bytes)) {
      return true;
    }
    synchronized (this) {
      for (int i = 0; i < COUNT; i++) {
        retire(i);
      }
    }
    return budget.take(bytes);
  }

  synchronized long used() {
    long used = budget.taken();
    for (Lane lane : lanes) {
      used -= lane == null ? 0 : lane.reserve;
    }
    return used;
  }

  synchronized long allocations() {
    long sum = allocations.sum();
    for (Lane lane : lanes) {
      sum += lane == null ? 0 : lane.allocations;
    }
    return sum;
  }

  synchronized long releases() {
    long sum = releases.sum();
    for (Lane lane : lanes) {
      sum += lane == null ? 0 : lane.releases;
    }
    return sum;
  }
}
