package org.onemalloc.internal.cache;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.onemalloc.Binding;
import org.onemalloc.internal.bind.Backend;

/** A backend that knows what it has given out, and fails when told to. */
public record CountingBackend(
    Backend real,
    Set<Long> live,
    AtomicInteger peak,
    AtomicLong calls,
    AtomicLong from,
    AtomicLong to)
    implements Backend {

  public static CountingBackend of(Backend real) {
    return new CountingBackend(
        real,
        ConcurrentHashMap.newKeySet(),
        new AtomicInteger(),
        new AtomicLong(),
        new AtomicLong(Long.MAX_VALUE),
        new AtomicLong());
  }

  /** Fails the calls of these numbers from now on, the next being 0. */
  public void fail(long first, long end) {
    calls.set(0);
    from.set(first);
    to.set(end);
  }

  private boolean failing() {
    long call = calls.getAndIncrement();
    return call >= from.get() && call < to.get();
  }

  private long own(long address) {
    if (address != 0 && !live.add(address)) {
      throw new AssertionError("given out twice");
    }
    peak.accumulateAndGet(live.size(), Math::max);
    return address;
  }

  @Override
  public long allocate(long size, long alignment) {
    return failing() ? 0 : own(real.allocate(size, alignment));
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return failing() ? 0 : own(real.allocateZeroed(size, alignment));
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    if (failing()) {
      return 0;
    }
    if (!live.remove(address)) {
      throw new AssertionError("not given out");
    }
    long moved = real.reallocate(address, oldSize, newSize, alignment);
    own(moved == 0 ? address : moved);
    return moved;
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return real.resizeInPlace(address, oldSize, newSize, alignment);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    if (!live.remove(address)) {
      throw new AssertionError("not given out, or freed twice");
    }
    real.deallocate(address, size, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return real.usableSize(address, size, alignment);
  }

  @Override
  public long goodSize(long size) {
    return real.goodSize(size);
  }

  @Override
  public List<Binding.Operation> operations() {
    return real.operations();
  }
}
