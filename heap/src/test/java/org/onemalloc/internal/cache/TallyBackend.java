package org.onemalloc.internal.cache;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.onemalloc.Binding;
import org.onemalloc.internal.bind.Backend;

/**
 * A backend that counts what it has given out, in blocks and true bytes, and fails at one call.
 *
 * @param failing the number of the call that fails, counted down to it
 */
public record TallyBackend(Backend real, LongAdder blocks, LongAdder bytes, AtomicLong failing)
    implements Backend {

  public static TallyBackend of(Backend real) {
    return new TallyBackend(real, new LongAdder(), new LongAdder(), new AtomicLong(-1));
  }

  /** Makes one call fail: 0 is the next. */
  public void failAt(long call) {
    failing.set(call);
  }

  /** Whether that call has come. */
  public boolean failed() {
    return failing.get() < 0;
  }

  private boolean fails() {
    return failing.get() >= 0 && failing.getAndDecrement() == 0;
  }

  private long out(long address) {
    if (address != 0) {
      blocks.increment();
      bytes.add(real.actualSize(address));
    }
    return address;
  }

  private void in(long address) {
    blocks.decrement();
    bytes.add(-real.actualSize(address));
  }

  @Override
  public long allocate(long size, long alignment) {
    return fails() ? 0 : out(real.allocate(size, alignment));
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return fails() ? 0 : out(real.allocateZeroed(size, alignment));
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    if (fails()) {
      return 0;
    }
    in(address);
    long moved = real.reallocate(address, oldSize, newSize, alignment);
    out(moved == 0 ? address : moved);
    return moved;
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return oldSize;
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
    in(address);
    real.deallocate(address, size, alignment);
  }

  @Override
  public long usableSize(long address, long size, long alignment) {
    return size;
  }

  @Override
  public long goodSize(long size) {
    return real.goodSize(size);
  }

  @Override
  public long actualSize(long address) {
    return real.actualSize(address);
  }

  @Override
  public List<Binding.Operation> operations() {
    return real.operations();
  }
}
