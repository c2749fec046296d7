package org.onemalloc.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The buffer objects of one thread, in use and idle. Only that thread takes them; the thread that
 * releases one returns it.
 *
 * <p>Idle objects are listed by number: a list of numbers costs no barrier of the collector, as a
 * list of references does. Another thread returns them in chains, with one atomic exchange for
 * {@value #CHAIN}; a chain that is not full waits in the lane of the thread that released them.
 *
 * <p>An object that Netty's leak detector watches is not used again: the detector finds a leak when
 * nothing refers to the buffer.
 */
abstract sealed class BufferObjects permits Lane {
  /** How many objects a thread has at most; more are left to the collector. */
  static final int MAX = 4096;

  private static final int CHAIN = 32;
  private static final int NONE = -1;
  private static final VarHandle INBOX = inbox();

  private final OnemallocByteBufAllocator allocator;

  /*
   * Most buffers are released before the thread makes its next: one object then serves them all.
   * Reaching it through the count and the lists would be three loads that wait for each other.
   */
  private OnemallocByteBuf first;

  private OnemallocByteBuf[] all = new OnemallocByteBuf[16];
  private int made;
  private int[] idle = new int[16];
  private int idleCount;

  /** The chain of another thread's objects, not yet handed over. */
  private BufferObjects chainOf;

  private OnemallocByteBuf chainEnd;
  private int chain = NONE;
  private int chained;

  /** The number of the first object that others gave back; each knows the next. */
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

  /** Takes an object back that this thread released, its own or another's. */
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

  /** Takes one back from a thread that has no objects. */
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
