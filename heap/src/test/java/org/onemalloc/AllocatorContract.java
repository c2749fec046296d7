package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.system.Memory;

/** What every allocator must do; a subclass says which one. */
abstract class AllocatorContract {
  private static final int OPERATIONS =
      Boolean.getBoolean("nightly") ? 10_000_000 : Integer.getInteger("operations", 200_000);

  abstract Allocator allocator();

  @Test
  void keepsWhatIsInABlock() {
    new Model(allocator(), 1, 1000).run(OPERATIONS);
  }

  @Test
  void keepsFewBlocksAsWellAsMany() {
    new Model(allocator(), 2, 10).run(OPERATIONS / 4);
    new Model(allocator(), 3, 10_000).run(OPERATIONS / 4);
  }

  @Test
  void servesEverySizeAndAlignment() {
    Allocator allocator = allocator();
    for (long alignment = 1; alignment <= 1 << 16; alignment *= 2) {
      for (long size : new long[] {1, 7, 8, 9, 15, 16, 17, 100, 4096, 70_000, 5 << 20}) {
        long address = allocator.allocate(size, alignment);
        assertEquals(0, address % alignment, size + " at " + alignment);
        Memory.ALL.set(JAVA_BYTE, address, (byte) 1);
        Memory.ALL.set(JAVA_BYTE, address + size - 1, (byte) 1);
        long moved = allocator.reallocate(address, size, 2 * size, alignment);
        assertEquals(0, moved % alignment, size + " at " + alignment);
        assertEquals(1, Memory.ALL.get(JAVA_BYTE, moved + size - 1));
        allocator.deallocate(moved, 2 * size, alignment);
      }
    }
  }

  @Test
  void zeroesMemoryUsedBefore() {
    Allocator allocator = allocator();
    for (long size : new long[] {1, 16, 300, 5000, 40_000, 100_000, 1 << 20, 9 << 20}) {
      for (int round = 0; round < 3; round++) {
        long address = allocator.allocateZeroed(size, 32);
        for (long i = 0; i < size; i++) {
          assertEquals(0, Memory.ALL.get(JAVA_BYTE, address + i));
        }
        Memory.ALL.asSlice(address, size).fill((byte) -1);
        allocator.deallocate(address, size, 32);
      }
    }
  }

  @Test
  void givesSizeZeroAnAddressAndNoMemory() {
    Allocator allocator = allocator();
    long empty = allocator.allocate(0, 64);
    assertTrue(empty != 0 && empty % 64 == 0);
    assertEquals(0, allocator.usableSize(empty, 0, 64));
    assertEquals(0, allocator.resizeInPlace(empty, 0, 10, 64));
    long block = allocator.reallocate(empty, 0, 100, 64);
    assertEquals(0, block % 64);
    long again = allocator.reallocate(block, 100, 0, 64);
    assertTrue(again != 0 && again % 64 == 0);
    allocator.deallocate(again, 0, 64);
    assertTrue(allocator.allocateZeroed(0, 1) != 0);
  }

  @Test
  void refusesIllegalArgumentsBeforeAnythingHappens() {
    Allocator a = allocator();
    long block = a.allocate(64, 8);
    Class<IllegalArgumentException> refused = IllegalArgumentException.class;
    assertThrows(refused, () -> a.allocate(-1, 8));
    assertThrows(refused, () -> a.allocate(64, 0));
    assertThrows(refused, () -> a.allocate(64, 3));
    assertThrows(refused, () -> a.allocate(64, -8));
    assertThrows(refused, () -> a.allocate(64, Long.MIN_VALUE));
    assertThrows(refused, () -> a.allocate(Long.MAX_VALUE, 8));
    assertThrows(refused, () -> a.allocateZeroed(-1, 8));
    assertThrows(refused, () -> a.reallocate(block, 64, -1, 8));
    assertThrows(refused, () -> a.reallocate(block, 64, 100, 5));
    assertThrows(refused, () -> a.reallocate(0, 64, 100, 8));
    assertThrows(refused, () -> a.resizeInPlace(block, 64, -1, 8));
    assertThrows(refused, () -> a.resizeInPlace(0, 64, 100, 8));
    assertThrows(refused, () -> a.deallocate(0, 64, 8));
    assertThrows(refused, () -> a.deallocate(block, -64, 8));
    assertThrows(refused, () -> a.deallocate(block, 64, 7));
    assertThrows(refused, () -> a.usableSize(0, 64, 8));
    a.deallocate(block, 64, 8);
  }

  @Test
  void saysWhatItCouldNotAllocate() {
    Allocator allocator = allocator();
    long size = Long.MAX_VALUE - 4096;
    OutOfMemoryError error =
        assertThrows(OutOfMemoryError.class, () -> allocator.allocate(size, 32));
    assertTrue(error.getMessage().contains(size + " bytes at alignment 32"), error.getMessage());
    long block = allocator.allocate(100, 8);
    Memory.put(block, 42);
    assertThrows(OutOfMemoryError.class, () -> allocator.reallocate(block, 100, size, 8));
    assertEquals(42, Memory.get(block));
    allocator.deallocate(block, 100, 8);
  }

  @Test
  void freesOnOtherThreads() throws Exception {
    Allocator allocator = perThread();
    BlockingQueue<long[]> queue = new ArrayBlockingQueue<>(8);
    int rounds = 400;
    Thread consumer =
        start(
            () -> {
              Allocator mine = perThread();
              for (int i = 0; i < rounds; i++) {
                for (long address : queue.take()) {
                  assertEquals(address ^ 7, Memory.get(address));
                  mine.deallocate(address, 48, 16);
                }
              }
            });
    for (int i = 0; i < rounds; i++) {
      long[] batch = new long[100];
      for (int j = 0; j < batch.length; j++) {
        batch[j] = allocator.allocate(48, 16);
        Memory.put(batch[j], batch[j] ^ 7);
      }
      queue.put(batch);
    }
    consumer.join();
    check();
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int seed = i;
      threads.add(start(() -> new Model(perThread(), 100 + seed, 300).run(OPERATIONS / 20)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    check();
  }

  /** The allocator for a thread that is not the test's. */
  Allocator perThread() {
    return allocator();
  }

  interface Body {
    void run() throws Exception;
  }

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  final Thread start(Body body) {
    return builder()
        .start(
            () -> {
              try {
                body.run();
              } catch (Throwable t) {
                failure.compareAndSet(null, t);
              }
            });
  }

  Thread.Builder builder() {
    return Thread.ofPlatform();
  }

  final void check() {
    if (failure.get() != null) {
      throw new AssertionError("on another thread", failure.get());
    }
  }
}
