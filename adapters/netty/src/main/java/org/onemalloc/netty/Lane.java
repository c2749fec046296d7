package org.onemalloc.netty;

import java.lang.ref.WeakReference;
import org.onemalloc.ThreadHeap;

/**
 * The part of an allocator that belongs to one platform thread: its accounts and its buffer
 * objects. While the thread is alive, only the thread writes it.
 */
final class Lane extends BufferObjects {
  final long id;
  final ThreadHeap heap = ThreadHeap.open();
  private final WeakReference<Thread> owner;

  /** Bytes that were taken from the budget and are not used by a buffer. */
  long reserve;

  long allocations;
  long releases;

  /** Makes the lane of the calling thread. */
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
