package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.account.Accounts;
import org.onemalloc.internal.account.Detail;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.CountingBackend;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.system.Memory;
import org.onemalloc.internal.system.Property;

class AccountsTest {
  private final CountingBackend backend = CountingBackend.of(TestHeaps.process().backend());
  private final CachedHeap heap =
      CachedHeap.of(
          backend, TestHeaps.process().classes(), "counted", TestHeaps.LIMITS, TestHeaps.PLATFORM);
  private final Accounts accounts = new Accounts(true);

  private TaggedHeap tagged(String tag) {
    return new TaggedHeap(accounts.of(tag), heap, false);
  }

  private static void assertLive(TaggedHeap heap, long bytes, long blocks) {
    assertEquals(bytes, heap.usage().bytes());
    assertEquals(blocks, heap.usage().blocks());
  }

  @Test
  void countsEveryKindOfCall() {
    TaggedHeap a = tagged("a");
    long first = a.allocate(100, 8);
    long second = a.allocateZeroed(50, 64);
    assertLive(a, 150, 2);
    first = a.reallocate(first, 100, 3000, 8);
    assertLive(a, 3050, 2);
    first = a.reallocate(first, 3000, 10, 8);
    assertLive(a, 60, 2);
    long empty = a.reallocate(second, 50, 0, 64);
    assertLive(a, 10, 1);
    second = a.reallocate(empty, 0, 7, 64);
    assertLive(a, 17, 2);
    a.deallocate(a.allocate(0, 8), 0, 8);
    assertLive(a, 17, 2);
    a.deallocate(first, 10, 8);
    a.deallocate(second, 7, 64);
    assertLive(a, 0, 0);
  }

  @Test
  void countsWhatWasResizedInPlaceAndNothingElse() {
    CachedHeap jemalloc = TestHeaps.of(TestHeaps.own("jemalloc"), TestHeaps.OFF);
    TaggedHeap a = new TaggedHeap(accounts.of("a"), jemalloc, false);
    long block = a.allocate(1 << 20, 16);
    assertEquals(1 << 19, a.resizeInPlace(block, 1 << 20, 1 << 19, 16));
    assertLive(a, 1 << 19, 1);
    assertEquals(1 << 19, a.resizeInPlace(block, 1 << 19, 1L << 50, 16));
    assertLive(a, 1 << 19, 1);
    a.deallocate(block, 1 << 19, 16);
    assertLive(a, 0, 0);
  }

  @Test
  void theOnlyLegalSizeIsTheOneAskedFor() {
    TaggedHeap a =
        new TaggedHeap(
            accounts.of("a"), TestHeaps.of(TestHeaps.own("mimalloc"), TestHeaps.OFF), false);
    long block = a.allocate(100, 8);
    assertEquals(100, a.usableSize(block, 100, 8));
    a.deallocate(block, 100, 8);
  }

  @Test
  void countsATagWithThoseBelowIt() {
    TaggedHeap below = tagged("a/b/c");
    TaggedHeap above = tagged("a");
    long one = below.allocate(10, 1);
    long two = above.allocate(5, 1);
    assertEquals(new Usage("a", 5, 1, 15, 2, OptionalLong.empty()), above.usage());
    assertEquals(10, tagged("a/b").usage().totalBytes());
    assertEquals(0, tagged("a/b").usage().bytes());
    assertEquals(0, tagged("ab").usage().totalBytes());
    below.deallocate(one, 10, 1);
    above.deallocate(two, 5, 1);
  }

  @Test
  void aBlockFreedUnderAnotherTagIsOnBothAccounts() {
    TaggedHeap a = tagged("a");
    TaggedHeap b = tagged("b");
    long block = a.allocate(64, 16);
    b.deallocate(block, 64, 16);
    assertLive(a, 64, 1);
    assertLive(b, -64, -1);
  }

  @Test
  void refusesWhatIsNoTag() {
    for (String tag :
        new String[] {"", "/", "/a", "a/", "a//b", "a\nb", "\0", "a/".repeat(100) + "a"}) {
      assertThrows(IllegalArgumentException.class, () -> accounts.of(tag), tag);
    }
    assertThrows(NullPointerException.class, () -> accounts.of(null));
  }

  @Test
  void aFailureOfTheAllocatorAtAnyCallLeavesTheAccountsRight() {
    for (boolean limited : new boolean[] {false, true}) {
      TaggedHeap a = tagged("failing" + limited);
      if (limited) {
        a.limit(1L << 40);
      }
      for (int k = 0; k < 300; k++) {
        backend.fail(k, k + 50);
        Model model = new Model(a, k, 60);
        model.steps(300);
        assertLive(a, model.liveBytes(), model.liveBlocks());
        backend.fail(0, 0);
        model.run(0);
        assertLive(a, 0, 0);
      }
    }
    long all = accounts.of("failingtrue").limits()[0].taken();
    assertEquals(0, all);
  }

  @Test
  void aRefusedArgumentLeavesTheAccountsAsTheyWere() {
    TaggedHeap a = tagged("a");
    a.limit(1000);
    long block = a.allocate(64, 8);
    Class<IllegalArgumentException> refused = IllegalArgumentException.class;
    assertThrows(refused, () -> a.allocate(-1, 8));
    assertThrows(refused, () -> a.allocateZeroed(64, 3));
    assertThrows(refused, () -> a.reallocate(block, 64, -1, 8));
    assertThrows(refused, () -> a.reallocate(0, 64, 8, 8));
    assertThrows(refused, () -> a.resizeInPlace(block, -5, 8, 8));
    assertThrows(refused, () -> a.deallocate(0, 64, 8));
    assertLive(a, 64, 1);
    assertEquals(64, accounts.of("a").limits()[0].taken());
    a.deallocate(block, 64, 8);
  }

  @Test
  void sumsAreExactOverPlatformAndVirtualThreadsThatFreeEachOthersBlocks() throws Exception {
    TaggedHeap a = tagged("shared");
    BlockingQueue<Long> queue = new ArrayBlockingQueue<>(1000);
    AtomicLong live = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < 16; i++) {
      Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      int seed = i;
      threads.add(
          builder.start(
              () -> {
                try {
                  for (int n = 0; n < 20_000; n++) {
                    long size = 8 + (n * 31L + seed) % 500;
                    long address = a.allocate(size, 8);
                    Memory.put(address, size);
                    live.addAndGet(size);
                    if (!queue.offer(address)) {
                      free(a, address, live);
                    }
                    Long other = n % 2 == 0 ? queue.poll() : null;
                    if (other != null) {
                      free(a, other, live);
                    }
                  }
                } catch (Throwable t) {
                  failure.set(t);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(null, failure.get());
    assertEquals(live.get(), a.usage().bytes());
    assertEquals(queue.size(), a.usage().blocks());
    for (long address : queue) {
      free(a, address, live);
    }
    assertLive(a, 0, 0);
    long[] detail = accounts.ledgers().detail();
    assertEquals(detail[0], detail[2]);
    assertEquals(16 * 20_000, detail[1]);
    assertEquals(16 * 20_000, detail[3]);
  }

  private static void free(TaggedHeap heap, long address, AtomicLong live) {
    long size = Memory.get(address);
    live.addAndGet(-size);
    heap.deallocate(address, size, 8);
  }

  @Test
  void keepsTheAccountsOfThreadsThatHaveEnded() throws Exception {
    TaggedHeap a = tagged("ended");
    int count = 10_000;
    long[] blocks = new long[count];
    for (int i = 0; i < count; i += 50) {
      List<Thread> threads = new ArrayList<>();
      for (int j = i; j < i + 50; j++) {
        int index = j;
        threads.add(Thread.ofPlatform().start(() -> blocks[index] = a.allocate(32, 8)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertLive(a, 32L * count, count);
    int threads = accounts.ledgers().threads().size();
    assertTrue(threads < 100, threads + " threads are listed");
    assertLive(a, 32L * count, count);
    for (long block : blocks) {
      a.deallocate(block, 32, 8);
    }
    assertLive(a, 0, 0);
  }

  @Test
  void threadsWhosePlaceInTheTableIsTakenAreCountedToo() throws Exception {
    TaggedHeap a = new TaggedHeap(new Accounts(true, 8).of("crowded"), heap, false);
    int count = 100;
    CountDownLatch allocated = new CountDownLatch(count);
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Runnable allocateAndFree =
          () -> {
            long block = a.allocate(16, 8);
            allocated.countDown();
            try {
              end.await();
            } catch (InterruptedException e) {
              return;
            }
            a.deallocate(block, 16, 8);
          };
      threads.add(Thread.ofPlatform().start(allocateAndFree));
    }
    allocated.await();
    assertLive(a, 16L * count, count);
    end.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertLive(a, 0, 0);
  }

  @Test
  void listsLiveBlocksBySize() {
    TaggedHeap a = tagged("a");
    long block = a.allocate(65, 8);
    long[] detail = accounts.ledgers().detail();
    assertEquals(65, detail[Detail.FIRST_CLASS + 2 * 7]);
    assertEquals(1, detail[Detail.FIRST_CLASS + 2 * 7 + 1]);
    a.deallocate(block, 65, 8);
    assertEquals(0, accounts.ledgers().detail()[Detail.FIRST_CLASS + 2 * 7]);
    assertEquals(0, Detail.classOf(1));
    assertEquals(1, Detail.classOf(2));
    assertEquals(6, Detail.classOf(64));
    assertEquals(62, Detail.classOf(1L << 62));
  }

  @Test
  void readsBytesAsTheJvmDoes() {
    assertEquals(100, Property.bytes("p", "100"));
    assertEquals(512 << 10, Property.bytes("p", "512k"));
    assertEquals(64 << 20, Property.bytes("p", "64M"));
    assertEquals(2L << 30, Property.bytes("p", "2g"));
    for (String wrong : new String[] {"", "k", "0", "-1", "1.5g", "1t", "9999999999g", "g1"}) {
      HeapError error = assertThrows(HeapError.class, () -> Property.bytes("p", wrong));
      assertTrue(error.getMessage().contains("property p is \"" + wrong + "\""));
    }
  }
}
