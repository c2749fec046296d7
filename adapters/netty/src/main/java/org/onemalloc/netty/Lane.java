package org.onemalloc.netty;

import java.lang.ref.WeakReference;
import org.onemalloc.ThreadHeap;

/** What one platform thread keeps of an allocator. Only that thread writes it while it lives. */
final class Lane {
  /** How many buffer objects are kept. */
  static final int OBJECTS = 256;

  final long id;
  final ThreadHeap heap = ThreadHeap.open();
  private final WeakReference<Thread> owner;
  private final OnemallocByteBuf[] objects = new OnemallocByteBuf[OBJECTS];
  private int count;

  /** Bytes taken from the budget that no buffer holds. */
  long reserve;

  long allocations;
  long releases;

  /** Makes the calling thread's. */
  Lane(Thread thread) {
    this.id = thread.threadId();
    this.owner = new WeakReference<>(thread);
  }

  boolean isMine() {
    return Thread.currentThread().threadId() == id;
  }

  boolean orphaned() {
    Thread thread = owner.get();
    return thread == null || !thread.isAlive();
  }

  OnemallocByteBuf poll() {
    int n = count - 1;
    if (n < 0) {
      return null;
    }
    count = n;
    return objects[n];
  }

  /** Keeps an object for next time; one that another lane made is the collector's. */
  @SuppressWarnings("ReferenceEquality")
  void offer(OnemallocByteBuf buffer) {
    int n = count;
    if (n < OBJECTS && buffer.lane == this) {
      if (objects[n] != buffer) { // mostly the one that was taken last: spare the barrier
        objects[n] = buffer;
      }
      count = n + 1;
    }
  }
}
