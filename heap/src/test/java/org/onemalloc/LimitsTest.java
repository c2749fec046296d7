package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.account.Accounts;
import org.onemalloc.internal.account.Limit;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.listen.Watcher;
import org.onemalloc.internal.system.Memory;

class LimitsTest {
  private final CachedHeap heap = TestHeaps.cachedProcess();
  private final Accounts accounts = new Accounts(false);

  private TaggedHeap tagged(String tag) {
    return new TaggedHeap(accounts.of(tag), heap, false);
  }

  @Test
  void refusesWhatWouldGoBeyondAndServesWhatFits() {
    TaggedHeap a = tagged("a");
    a.limit(1000);
    long block = a.allocate(900, 8);
    assertThrows(OutOfMemoryError.class, () -> a.allocate(101, 8));
    assertThrows(OutOfMemoryError.class, () -> a.allocateZeroed(101, 8));
    long rest = a.allocate(100, 8);
    assertThrows(OutOfMemoryError.class, () -> a.allocate(1, 8));
    a.deallocate(rest, 100, 8);
    a.deallocate(block, 900, 8);
    a.deallocate(a.allocate(1000, 8), 1000, 8);
  }

  @Test
  void aResizeThatIsRefusedLeavesTheBlockAsItWas() {
    TaggedHeap a = tagged("a");
    a.limit(1000);
    long block = a.allocate(600, 8);
    Memory.put(block, 42);
    assertThrows(OutOfMemoryError.class, () -> a.reallocate(block, 600, 1001, 8));
    assertEquals(600, a.resizeInPlace(block, 600, 1001, 8));
    assertEquals(42, Memory.get(block));
    assertEquals(600, a.usage().bytes());
    long moved = a.reallocate(block, 600, 1000, 8);
    assertEquals(42, Memory.get(moved));
    long less = a.reallocate(moved, 1000, 10, 8);
    a.deallocate(a.allocate(990, 8), 990, 8);
    a.deallocate(less, 10, 8);
  }

  @Test
  void aLimitCountsAllBelowItsTag() {
    TaggedHeap above = tagged("a");
    TaggedHeap below = tagged("a/b");
    TaggedHeap beside = tagged("c");
    below.limit(500);
    above.limit(800);
    long one = below.allocate(500, 8);
    assertThrows(OutOfMemoryError.class, () -> below.allocate(1, 8));
    long two = above.allocate(300, 8);
    assertThrows(OutOfMemoryError.class, () -> above.allocate(1, 8));
    TaggedHeap later = tagged("a/later/deep");
    assertThrows(OutOfMemoryError.class, () -> later.allocate(1, 8));
    beside.deallocate(beside.allocate(10_000, 8), 10_000, 8);
    below.deallocate(one, 500, 8);
    later.deallocate(later.allocate(500, 8), 500, 8);
    above.deallocate(two, 300, 8);
    assertEquals(0, accounts.of("a").limits()[0].taken());
  }

  @Test
  void aRefusalAboveTakesNothingBelow() {
    TaggedHeap below = tagged("a/b");
    below.limit(1000);
    tagged("a").limit(100);
    assertThrows(OutOfMemoryError.class, () -> below.allocate(200, 8));
    for (Limit limit : accounts.of("a/b").limits()) {
      assertEquals(0, limit.taken());
    }
  }

  @Test
  void theErrorSaysWhoHasTheMemory() {
    TaggedHeap small = tagged("db/wal");
    TaggedHeap large = tagged("db/cache");
    tagged("db").limit(1000);
    long one = small.allocate(100, 8);
    long two = large.allocate(700, 8);
    OutOfMemoryError error = assertThrows(OutOfMemoryError.class, () -> small.allocate(500, 8));
    assertEquals(
        """
        The tag db is limited to 1000 bytes of native memory and has 800: there is no room for 500 bytes at alignment 8.
          db: 0 bytes in 0 blocks, 800 with the tags below it
          db/cache: 700 bytes in 1 blocks
          db/wal: 100 bytes in 1 blocks""",
        error.getMessage());
    small.deallocate(one, 100, 8);
    large.deallocate(two, 700, 8);
  }

  @Test
  void aLimitSetLaterCountsWhatLivesAlready() {
    TaggedHeap a = tagged("a");
    long early = a.allocate(600, 8);
    a.limit(1000);
    assertEquals(OptionalLong.of(1000), a.usage().limit());
    assertThrows(OutOfMemoryError.class, () -> a.allocate(401, 8));
    a.limit(100);
    assertThrows(OutOfMemoryError.class, () -> a.allocate(1, 8));
    early = a.reallocate(early, 600, 500, 8);
    a.deallocate(early, 500, 8);
    a.deallocate(a.allocate(100, 8), 100, 8);
    a.limit(Long.MAX_VALUE);
    assertEquals(OptionalLong.empty(), a.usage().limit());
    a.deallocate(a.allocate(5000, 8), 5000, 8);
    assertThrows(IllegalArgumentException.class, () -> a.limit(0));
  }

  @Test
  void manyThreadsNeverGoBeyondAndNeverLoseAByte() throws Exception {
    TaggedHeap a = tagged("busy/a");
    TaggedHeap b = tagged("busy/b");
    long limit = 50_000;
    tagged("busy").limit(limit);
    AtomicLong live = new AtomicLong();
    AtomicLong most = new AtomicLong();
    AtomicLong refused = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      TaggedHeap mine = i % 2 == 0 ? a : b;
      Thread.Builder builder = i < 4 ? Thread.ofPlatform() : Thread.ofVirtual();
      threads.add(
          builder.start(
              () -> {
                Deque<Long> blocks = new ArrayDeque<>();
                for (int n = 0; n < 30_000; n++) {
                  try {
                    blocks.push(mine.allocate(1000, 8));
                    most.accumulateAndGet(live.addAndGet(1000), Math::max);
                  } catch (OutOfMemoryError e) {
                    refused.incrementAndGet();
                    for (int k = 0; k < 5 && !blocks.isEmpty(); k++) {
                      live.addAndGet(-1000);
                      mine.deallocate(blocks.pop(), 1000, 8);
                    }
                  }
                }
                for (long block : blocks) {
                  live.addAndGet(-1000);
                  mine.deallocate(block, 1000, 8);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertTrue(most.get() <= limit, "lived " + most);
    assertTrue(refused.get() > 0);
    assertEquals(0, tagged("busy").usage().totalBytes());
    a.deallocate(a.allocate(limit, 8), limit, 8);
  }

  @Test
  void pressureIsToldOnceAndAgainAfterItFell() throws Exception {
    TaggedHeap a = tagged("a");
    BlockingQueue<Usage> told = new LinkedBlockingQueue<>();
    a.onPressure(800, told::add);
    long first = a.allocate(799, 8);
    long second = a.allocate(1, 8);
    assertEquals(800, told.poll(30, TimeUnit.SECONDS).totalBytes());
    long third = a.allocate(100, 8);
    a.deallocate(second, 1, 8);
    second = a.allocate(1, 8);
    Watcher.run(() -> told.add(a.usage()));
    assertEquals(900, told.poll(30, TimeUnit.SECONDS).totalBytes());
    assertTrue(told.isEmpty());
    a.deallocate(first, 799, 8);
    long fourth = a.allocate(799, 8);
    assertEquals(900, told.poll(30, TimeUnit.SECONDS).totalBytes());
    a.deallocate(second, 1, 8);
    a.deallocate(third, 100, 8);
    a.deallocate(fourth, 799, 8);
  }

  @Test
  void pressureThatIsThereAlreadyIsToldAtOnceAndOnAThreadOfItsOwn() throws Exception {
    TaggedHeap a = tagged("a");
    long block = a.allocate(1000, 8);
    BlockingQueue<Thread> told = new LinkedBlockingQueue<>();
    a.onPressure(
        10,
        usage -> {
          a.deallocate(a.allocate(64, 8), 64, 8);
          told.add(Thread.currentThread());
          throw new IllegalStateException("a callback's failure is its own");
        });
    Thread teller = told.poll(30, TimeUnit.SECONDS);
    assertEquals("onemalloc watcher", teller.getName());
    assertTrue(teller.isDaemon());
    a.onPressure(10, usage -> told.add(Thread.currentThread()));
    assertEquals(teller, told.poll(30, TimeUnit.SECONDS));
    assertFalse(accounts.ledgers().detailed());
    a.deallocate(block, 1000, 8);
  }
}
