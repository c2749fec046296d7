package org.onemalloc.benchmarks.suite;

import org.onemalloc.Heap;

/**
 * Blocks with their sizes. An empty slot has the address 0.
 *
 * <p>A new block's first byte is written; what else a kernel writes, its specification says.
 */
final class Slots {
  final long[] blocks;
  final int[] sizes;

  /** The number of slots in use, for those who fill them in order. */
  int count;

  Slots(int capacity) {
    blocks = new long[capacity];
    sizes = new int[capacity];
  }

  boolean holds(int slot) {
    return blocks[slot] != 0;
  }

  /** Allocates a block into an empty slot. */
  void put(int slot, int size) {
    long block = Heap.allocate(size, Kernel.ALIGNMENT);
    Words.touch(block);
    blocks[slot] = block;
    sizes[slot] = size;
  }

  /** The same; the last byte is written too. */
  void putEnds(int slot, int size) {
    put(slot, size);
    Words.touch(blocks[slot] + size - 1);
  }

  /** Frees the block of a slot, which is empty then. */
  void drop(int slot) {
    Heap.deallocate(blocks[slot], sizes[slot], Kernel.ALIGNMENT);
    blocks[slot] = 0;
  }

  /** Frees the blocks of all slots from {@code from} to {@code to} - 1 that hold one, in order. */
  void dropAll(int from, int to) {
    for (int slot = from; slot < to; slot++) {
      if (blocks[slot] != 0) {
        drop(slot);
      }
    }
  }

  /** Moves a block into a slot, whatever that held; the other slot is empty then. */
  void move(int from, int to) {
    long block = blocks[from];
    blocks[from] = 0;
    blocks[to] = block;
    sizes[to] = sizes[from];
  }

  /** Moves {@code length} blocks to slots of {@code to}, in order. */
  void move(int from, Slots to, int start, int length) {
    System.arraycopy(blocks, from, to.blocks, start, length);
    System.arraycopy(sizes, from, to.sizes, start, length);
  }
}
