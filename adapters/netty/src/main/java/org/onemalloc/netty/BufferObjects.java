package org.onemalloc.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The buffer objects of one thread, in use and idle. Only that thread takes objects; any thread
 * that releases a buffer returns its object.
 *
 * <p>Idle objects are listed by their numbers, because storing a number needs no barrier of the
 * garbage collector. Another thread returns objects in chains of {@value #CHAIN}, with one atomic
 * exchange each; an incomplete chain is kept in the lane of the thread that released the buffers.
 *
 * <p>An object that Netty's leak detector watches is not reused, and nothing here refers to it: the
 * detector finds a leak when a buffer becomes unreachable.
 */
abstract sealed class BufferObjects permits Lane {
  /** The most objects of a thread; further ones are garbage-collected. */
  static final int MAX = 4096;

  private static final int CHAIN = 32;
  private static final int NONE = -1;
  private static final VarHandle INBOX = inbox();

  private final OnemallocByteBufAllocator allocator;

  /*
   * Most buffers are released before the thread makes its next one, so that one object serves them
   * all. Reaching it through the count and the lists would take three dependent loads.
   */
  private OnemallocByteBuf first;

  private OnemallocByteBuf[] all = new OnemallocByteBuf[16];
  private int made;
  private int[] idle = new int[16];
  private int idleCount;

  /** The owner of the objects in the incomplete chain. */
  private BufferObjects chainOf;

  private OnemallocByteBuf chainEnd;
  private int chain = NONE;
  private int chained;

  /**
   * The number of the first object that other threads returned; each object has the number of the
   * next.
   */
  private volatile int inbox = NONE;

  BufferObjects(OnemallocByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  private static VarHandle inbox() {
    try {
      return MethodHandles.lookup().findVarHandle(BufferObjects.class, "inbox", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Returns this. */
  abstract Lane lane();

  /** Returns an object that is not in use. */
  OnemallocByteBuf take() {
    OnemallocByteBuf buffer = first;
    if (buffer == null || !buffer.idle) {
      return another();
    }
    buffer.idle = false;
    return buffer;
  }

  private OnemallocByteBuf another() {
    if (idleCount == 0 && inbox != NONE) {
      empty((int) INBOX.getAndSet(this, NONE));
      return take();
    }
    return idleCount > 0 ? all[idle[--idleCount]] : make();
  }

  private void empty(int chain) {
    for (int n = chain; n != NONE; n = all[n].next) {
      keep(all[n]);
    }
  }

  private OnemallocByteBuf make() {
    if (made == MAX) {
      return new OnemallocByteBuf(allocator, null, NONE);
    }
    if (made == all.length) {
      all = Arrays.copyOf(all, 2 * made);
      idle = Arrays.copyOf(idle, 2 * made);
    }
    OnemallocByteBuf buffer = new OnemallocByteBuf(allocator, lane(), made);
    all[made++] = buffer;
    if (first == null) {
      first = buffer;
    }
    return buffer;
  }

  /** Replaces an object that is in use by a new one. */
  void giveUp(OnemallocByteBuf buffer) {
    int number = buffer.number;
    if (number == NONE) {
      return;
    }
    buffer.number = NONE;
    OnemallocByteBuf instead = new OnemallocByteBuf(allocator, lane(), number);
    all[number] = instead;
    if (number == 0) {
      first = instead;
    }
    keep(instead);
  }

  /**
   * Returns an object of a buffer that this thread released to its owner, this thread or another.
   */
  @SuppressWarnings("ReferenceEquality")
  void give(OnemallocByteBuf buffer) {
    if (buffer.home == this) {
      keep(buffer);
    } else if (buffer.home != null) {
      chain(buffer);
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private void keep(OnemallocByteBuf buffer) {
    if (buffer == first) {
      buffer.idle = true;
    } else if (buffer.number != NONE) {
      idle[idleCount++] = buffer.number;
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private void chain(OnemallocByteBuf buffer) {
    if (buffer.number == NONE) {
      return;
    }
    if (buffer.home != chainOf) {
      handOver();
      chainOf = buffer.home;
    }
    if (chained == 0) {
      chainEnd = buffer;
    }
    buffer.next = chain;
    chain = buffer.number;
    if (++chained == CHAIN) {
      handOver();
    }
  }

  private void handOver() {
    if (chained > 0) {
      chainOf.accept(chain, chainEnd);
      chain = NONE;
      chained = 0;
    }
  }

  /** Returns an object to its owner, on a thread that has no objects. */
  static void giveBack(OnemallocByteBuf buffer) {
    if (buffer.home != null && buffer.number != NONE) {
      buffer.home.accept(buffer.number, buffer);
    }
  }

  final void accept(int chain, OnemallocByteBuf end) {
    int was;
    do {
      was = inbox;
      end.next = was;
    } while (!INBOX.compareAndSet(this, was, chain));
  }
}
