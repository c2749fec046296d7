package org.onemalloc.internal.checked;

/** The addresses of freed blocks in the order in which they were freed, with their bytes. */
final class Quarantine {
  private final long limit;
  private long[] ring = new long[1024];
  private int first;
  private int count;
  private long bytes;

  Quarantine(long limit) {
    this.limit = limit;
  }

  synchronized void add(Block block) {
    if (count == ring.length) {
      long[] larger = new long[2 * count];
      for (int i = 0; i < count; i++) {
        larger[i] = ring[(first + i) & (count - 1)];
      }
      ring = larger;
      first = 0;
    }
    ring[(first + count) & (ring.length - 1)] = block.address();
    count++;
    bytes += block.whole();
  }

  /** Subtracts a block that has left. */
  synchronized void left(Block block) {
    bytes -= block.whole();
  }

  /** Takes the oldest address, if there are too many bytes or in any case. */
  synchronized long take(boolean inAnyCase) {
    if (count == 0 || (bytes <= limit && !inAnyCase)) {
      return 0;
    }
    long address = ring[first];
    first = (first + 1) & (ring.length - 1);
    count--;
    return address;
  }
}
