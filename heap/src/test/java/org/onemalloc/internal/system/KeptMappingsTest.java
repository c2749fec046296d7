package org.onemalloc.internal.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeptMappingsTest {
  private static final long HUGE = Mappings.HUGE;

  /** Addresses that nobody touches: each mapping must be unmapped by its own bounds, once. */
  private static final class Addresses implements Mappings {
    private final TreeMap<Long, Long> mapped = new TreeMap<>();
    private long next = 1L << 40;
    private int calls;

    @Override
    public synchronized long map(long size) {
      calls++;
      long address = next;
      next += size + 4 * HUGE;
      mapped.put(address, size);
      return address;
    }

    @Override
    public synchronized long remap(long address, long oldSize, long newSize) {
      unmap(address, oldSize);
      return map(newSize);
    }

    @Override
    public synchronized void unmap(long address, long size) {
      calls++;
      var before = mapped.floorEntry(address);
      long start = before.getKey();
      long end = start + before.getValue();
      assertTrue(address + size <= end, "unmapped what is not mapped");
      mapped.remove(start);
      if (start != address) {
        mapped.put(start, address - start);
      }
      if (address + size != end) {
        mapped.put(address + size, end - address - size);
      }
    }

    synchronized long bytes() {
      return mapped.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private final Addresses system = new Addresses();
  private final KeptMappings kept = new KeptMappings(system, 8 * HUGE, mappings -> {});

  @Test
  void givesTheNextOneWhatWasUnmapped() {
    long first = kept.map(4 * HUGE);
    kept.unmap(first, 4 * HUGE);
    assertEquals(4 * HUGE, kept.bytes());
    assertEquals(first, kept.map(HUGE));
    assertEquals(3 * HUGE, kept.bytes());
  }

  @Test
  void growsIntoWhatLiesBehindWithoutTheSystem() {
    long address = kept.map(8 * HUGE);
    kept.unmap(address, 8 * HUGE);
    int before = system.calls;
    assertEquals(address, kept.map(HUGE));
    for (long size = HUGE; size < 8 * HUGE; size *= 2) {
      assertEquals(address, kept.remap(address, size, 2 * size));
    }
    kept.unmap(address, 8 * HUGE);
    assertEquals(before, system.calls);
  }

  @Test
  void growsThroughTheSystemWhereSomebodyElseHasWhatLiesBehind() {
    long address = kept.map(4 * HUGE);
    kept.unmap(address, 4 * HUGE);
    long one = kept.map(HUGE);
    long two = kept.map(HUGE);
    assertEquals(one + HUGE, two);
    long moved = kept.remap(one, HUGE, 2 * HUGE);
    assertNotEquals(one, moved);
    assertEquals(two, kept.remap(two, HUGE, 3 * HUGE));
    assertEquals(0, kept.bytes());
  }

  @Test
  void keepsNoMoreThanItMay() {
    long address = kept.map(20 * HUGE);
    kept.unmap(address, 20 * HUGE);
    assertEquals(8 * HUGE, kept.bytes());
    assertEquals(8 * HUGE, system.bytes());
  }

  @Test
  void keepsTheLargerOfTwoThatAreNoNeighbours() {
    long small = kept.map(HUGE);
    long large = kept.map(2 * HUGE);
    kept.unmap(small, HUGE);
    kept.unmap(large, 2 * HUGE);
    assertEquals(2 * HUGE, system.bytes());
    assertEquals(large, kept.map(2 * HUGE));
  }

  @Test
  void givesBackWhatNobodyTookBetweenTwoSweeps() {
    long address = kept.map(8 * HUGE);
    kept.unmap(address, 8 * HUGE);
    kept.sweep();
    assertEquals(8 * HUGE, kept.bytes());
    kept.unmap(kept.map(2 * HUGE), 2 * HUGE);
    kept.sweep();
    assertEquals(2 * HUGE, kept.bytes());
    kept.sweep();
    assertEquals(0, kept.bytes());
    assertEquals(0, system.bytes());
  }

  @Test
  void losesNothingWhateverThreadsDo() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int seed = 0; seed < 3; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      threads.add(Thread.ofPlatform().start(() -> mapAtRandom(random)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(kept.bytes(), system.bytes());
    kept.drain();
    assertEquals(0, system.bytes());
  }

  private void mapAtRandom(SplittableRandom random) {
    for (int i = 0; i < 20_000; i++) {
      long size = HUGE * random.nextInt(1, 6);
      long address = kept.map(size);
      long next = HUGE * random.nextInt(1, 6);
      address = kept.remap(address, size, next);
      if (random.nextInt(8) == 0) {
        kept.sweep();
      }
      kept.unmap(address, next);
    }
  }
}
