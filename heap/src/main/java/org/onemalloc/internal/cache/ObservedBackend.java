package org.onemalloc.internal.cache;

import java.util.List;
import org.onemalloc.Binding;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.listen.Listeners;

/**
 * A backend that tells the listeners about one call for each given number of bytes.
 *
 * <p>It stands between the caches and the allocator, as Flight Recorder's own allocation samples
 * stand where a thread takes new memory and not where it uses what it has: a block that a thread
 * cache reuses costs nothing. Bytes are summed in stripes without any atomic operation; bytes that
 * a race loses only delay a sample.
 */
public record ObservedBackend(Backend real, Samples samples) implements Backend {

  public static ObservedBackend of(Backend real, long interval) {
    return new ObservedBackend(real, new Samples(interval));
  }

  /** Bytes since the last sample. */
  static final class Samples {
    private static final int STRIPES = 64;
    private static final int LINE = 8;

    private final long[] since = new long[STRIPES * LINE];
    private final long interval;

    Samples(long interval) {
      this.interval = interval;
    }

    void add(long bytes, long size, long alignment) {
      int stripe = (int) (Thread.currentThread().threadId() & (STRIPES - 1)) * LINE;
      long sum = since[stripe] + bytes;
      boolean due = sum >= interval;
      since[stripe] = due ? 0 : sum;
      if (due) {
        Listeners.tell(listener -> listener.sampled(sum, size, alignment));
      }
    }
  }

  private long took(long address, long bytes, long size, long alignment) {
    if (address != 0) {
      samples.add(bytes, size, alignment);
    }
    return address;
  }

  @Override
  public long allocate(long size, long alignment) {
    return took(real.allocate(size, alignment), size, size, alignment);
  }

  @Override
  public long allocateZeroed(long size, long alignment) {
    return took(real.allocateZeroed(size, alignment), size, size, alignment);
  }

  @Override
  public long reallocate(long address, long oldSize, long newSize, long alignment) {
    long moved = real.reallocate(address, oldSize, newSize, alignment);
    return took(moved, Math.max(0, newSize - oldSize), newSize, alignment);
  }

  @Override
  public long resizeInPlace(long address, long oldSize, long newSize, long alignment) {
    return real.resizeInPlace(address, oldSize, newSize, alignment);
  }

  @Override
  public void deallocate(long address, long size, long alignment) {
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
  public long actualSize(long address) {
    return real.actualSize(address);
  }

  @Override
  public List<Binding.Operation> operations() {
    return real.operations();
  }
}
