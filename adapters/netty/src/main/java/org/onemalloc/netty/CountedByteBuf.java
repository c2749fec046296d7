package org.onemalloc.netty;

import io.netty.buffer.AbstractByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A buffer that counts its references.
 *
 * <p>The count is a field of the buffer. Netty's superclass has an object for it, which costs
 * another load and 16 bytes. Every change is one atomic exchange. A last release without it would
 * be cheaper on some processors, but could not recognise the second of two concurrent releases: no
 * algorithm can without an atomic exchange or a fence between store and load (Attiya et al., "Laws
 * of Order", POPL 2011).
 */
abstract class CountedByteBuf extends AbstractByteBuf {
  private static final VarHandle COUNT = count();

  private int count;

  CountedByteBuf() {
    super(Integer.MAX_VALUE);
  }

  private static VarHandle count() {
    try {
      return MethodHandles.lookup().findVarHandle(CountedByteBuf.class, "count", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Called once for each use of the object, by the thread that releases the last reference. */
  abstract void deallocate();

  /**
   * Sets the count to one. A thread that sees this count also sees everything that was written
   * before.
   */
  final void resetCount() {
    COUNT.setRelease(this, 1);
  }

  @Override
  public final int refCnt() {
    return (int) COUNT.getAcquire(this);
  }

  @Override
  public final ByteBuf retain() {
    return retainMore(1);
  }

  @Override
  public final ByteBuf retain(int increment) {
    return retainMore(positive(increment, "increment"));
  }

  private ByteBuf retainMore(int increment) {
    int was;
    do {
      was = (int) COUNT.get(this);
      if (was == 0 || was > Integer.MAX_VALUE - increment) {
        throw new IllegalReferenceCountException(was, increment);
      }
    } while (!COUNT.compareAndSet(this, was, was + increment));
    return this;
  }

  @Override
  public final boolean release() {
    return releaseSome(1);
  }

  @Override
  public final boolean release(int decrement) {
    return releaseSome(positive(decrement, "decrement"));
  }

  private boolean releaseSome(int decrement) {
    int was;
    do {
      was = (int) COUNT.get(this);
      if (was < decrement) {
        throw new IllegalReferenceCountException(was, -decrement);
      }
    } while (!COUNT.compareAndSet(this, was, was - decrement));
    if (was != decrement) {
      return false;
    }
    deallocate();
    return true;
  }

  private static int positive(int n, String name) {
    if (n <= 0) {
      throw new IllegalArgumentException(name + " : " + n + " (expected: > 0)");
    }
    return n;
  }

  @Override
  public final ByteBuf touch() {
    return this;
  }

  @Override
  public final ByteBuf touch(Object hint) {
    return this;
  }
}
