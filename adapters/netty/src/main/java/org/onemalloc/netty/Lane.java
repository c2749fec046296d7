package org.onemalloc.netty;

import java.lang.ref.WeakReference;
import org.onemalloc.ThreadHeap;

/**
 * What one platform thread keeps of an allocator: its part of the accounts, and its buffer objects.
 * Only that thread writes it while it lives.
 */
final class Lane extends BufferObjects {
  final long id;
  final ThreadHeap heap = ThreadHeap.open();
  private final WeakReference<Thread> owner;

  /** Bytes taken from the budget that no buffer holds. */
  long reserve;

  long allocations;
  long releases;

  /** Makes the calling thread's. */
  Lane(OnemallocByteBufAllocator allocator, Thread thread) {
    super(allocator);
    this.id = thread.threadId();
    this.owner = new WeakReference<>(thread);
  }

  @Override
  Lane lane() {
    return this;
  }

  boolean orphaned() {
    Thread thread = owner.get();
    return thread == null || !thread.isAlive();
  }
}
