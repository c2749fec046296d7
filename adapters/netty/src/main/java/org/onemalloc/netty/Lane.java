package org.onemalloc.netty;

import java.lang.ref.WeakReference;

/** What one platform thread keeps of an allocator. Only that thread writes it while it lives. */
final class Lane {
  /** How many buffer objects are kept. */
  static final int OBJECTS = 256;

  final long id;
  private final WeakReference<Thread> owner;
  private final OnemallocByteBuf[] objects = new OnemallocByteBuf[OBJECTS];
  private int count;

  /** Bytes taken from the budget that no buffer holds. */
  long reserve;

  long allocations;
  long releases;

  Lane(Thread thread) {
    this.id = thread.threadId();
    this.owner = new WeakReference<>(thread);
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

  void offer(OnemallocByteBuf buffer) {
    int n = count;
    if (n < OBJECTS) {
      objects[n] = buffer;
      count = n + 1;
    }
  }
}
