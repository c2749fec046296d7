package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.onemalloc.internal.system.Memory;

/** A shadow of the heap: what is allocated, and what is in it. */
final class Model {
  private record Block(long address, long size, long alignment, byte seed) {}

  private final Allocator allocator;
  private final SplittableRandom random;
  private final int liveMax;
  private final List<Block> blocks = new ArrayList<>();
  private final TreeMap<Long, Long> ends = new TreeMap<>();
  private int failures;

  Model(Allocator allocator, long seed, int liveMax) {
    this.allocator = allocator;
    this.random = new SplittableRandom(seed);
    this.liveMax = liveMax;
  }

  int failures() {
    return failures;
  }

  void run(int operations) {
    steps(operations);
    while (!blocks.isEmpty()) {
      free();
    }
  }

  /** Goes on without freeing what lives at the end. */
  void steps(int operations) {
    for (int i = 0; i < operations; i++) {
      try {
        step();
      } catch (OutOfMemoryError e) {
        failures++;
      }
    }
  }

  /** Returns what should be counted as alive. */
  long liveBytes() {
    return blocks.stream().mapToLong(Block::size).sum();
  }

  long liveBlocks() {
    return blocks.stream().filter(block -> block.size != 0).count();
  }

  private void step() {
    int kind = random.nextInt(20);
    if (blocks.isEmpty() || (kind < 7 && blocks.size() < liveMax)) {
      allocate(false);
    } else if (kind == 7 && blocks.size() < liveMax) {
      allocate(true);
    } else if (kind < 10) {
      reallocate();
    } else if (kind < 12) {
      resize();
    } else {
      free();
    }
  }

  private long size() {
    int bits = random.nextInt(random.nextInt(50) == 0 ? 19 : 12);
    return random.nextInt(200) == 0 ? 0 : random.nextLong(1L << bits, 2L << bits);
  }

  private long alignment() {
    return 1L << random.nextInt(random.nextInt(10) == 0 ? 14 : 5);
  }

  private void allocate(boolean zeroed) {
    long size = size();
    long alignment = alignment();
    long address =
        zeroed ? allocator.allocateZeroed(size, alignment) : allocator.allocate(size, alignment);
    for (long i = 0; zeroed && i < size; i++) {
      assertEquals(0, Memory.ALL.get(JAVA_BYTE, address + i), "zeroed");
    }
    own(address, size, alignment);
  }

  private void own(long address, long size, long alignment) {
    Block block = new Block(address, size, alignment, (byte) random.nextInt());
    assertEquals(0, address % alignment, "alignment");
    assertTrue(address != 0, "not null");
    if (size != 0) {
      Map.Entry<Long, Long> below = ends.lowerEntry(address + size);
      assertTrue(below == null || below.getValue() <= address, "overlap");
      ends.put(address, address + size);
    }
    for (long i = 0; i < size; i++) {
      Memory.ALL.set(JAVA_BYTE, address + i, (byte) (block.seed + i));
    }
    blocks.add(block);
  }

  private static void verify(Block block, long address, long size) {
    for (long i = 0; i < size; i++) {
      byte there = Memory.ALL.get(JAVA_BYTE, address + i);
      if (there != (byte) (block.seed + i)) {
        assertEquals((byte) (block.seed + i), there, "byte " + i + " of " + block);
      }
    }
  }

  private Block take() {
    int index = random.nextInt(blocks.size());
    Block block = blocks.set(index, blocks.getLast());
    blocks.removeLast();
    ends.remove(block.address);
    return block;
  }

  private void keep(Block block) {
    blocks.add(block);
    if (block.size != 0) {
      ends.put(block.address, block.address + block.size);
    }
  }

  private long legalSize(Block block) {
    long usable = allocator.usableSize(block.address, block.size, block.alignment);
    assertTrue(usable >= block.size, "usable size");
    return random.nextBoolean() ? block.size : usable;
  }

  private void free() {
    Block block = take();
    verify(block, block.address, block.size);
    allocator.deallocate(block.address, legalSize(block), block.alignment);
  }

  private void reallocate() {
    Block block = take();
    long size = size();
    long address;
    try {
      address = allocator.reallocate(block.address, legalSize(block), size, block.alignment);
    } catch (OutOfMemoryError e) {
      verify(block, block.address, block.size);
      keep(block);
      throw e;
    }
    verify(block, address, Math.min(size, block.size));
    own(address, size, block.alignment);
  }

  private void resize() {
    Block block = take();
    long size = size();
    long old = legalSize(block);
    long usable = allocator.resizeInPlace(block.address, old, size, block.alignment);
    boolean done = size >= old ? usable >= size : usable < old;
    verify(block, block.address, Math.min(block.size, done ? size : block.size));
    if (done) {
      own(block.address, size, block.alignment);
    } else {
      keep(block);
    }
  }
}
