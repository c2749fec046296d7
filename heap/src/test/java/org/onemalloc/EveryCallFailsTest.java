package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.cache.CacheLimits;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.TallyBackend;
import org.onemalloc.internal.cache.TestHeaps;
import org.onemalloc.internal.checked.CheckedHeap;
import org.onemalloc.internal.system.Memory;

/**
 * The allocator has nothing at its k-th call, for all k to 10,000: nothing is lost, nothing freed
 * twice, and every block keeps what is in it. {@link FailureTest} has droughts.
 */
@Tag("slow")
class EveryCallFailsTest {
  private static final int CALLS = 10_000;
  private static final int LIVE = 256;

  private final Bound bound = TestHeaps.process();
  private final TallyBackend backend = TallyBackend.of(bound.backend());
  private final long[] blocks = new long[LIVE];
  private final long[] sizes = new long[LIVE];

  @Test
  void withoutCaches() {
    everyCall(TestHeaps.OFF);
  }

  @Test
  void inTheMiddleOfRefills() {
    everyCall(TestHeaps.TIGHT);
  }

  /** Each block that was freed has left, so that the quarantine does not hide its call. */
  @Test
  void withEveryBlockChecked() {
    Allocator checked = new CheckedHeap(new DirectHeap(backend, "failing"), true, 0);
    for (int k = 0;
        k < CALLS;
        k += Boolean.getBoolean("nightly") ? 1 : Boolean.getBoolean("all") ? 101 : 307) {
      fail(checked, k);
      assertEquals(0, backend.blocks().sum());
    }
  }

  private void everyCall(CacheLimits limits) {
    CachedHeap heap =
        CachedHeap.of(backend, bound.classes(), "failing", limits, TestHeaps.PLATFORM);
    for (int k = 0; k < CALLS; k += Boolean.getBoolean("all") ? 1 : 5) {
      fail(heap, k);
      if (heap.cached()) {
        heap.caches().mine().drain();
        heap.caches().emptyDepots();
        assertEquals(0, heap.caches().bytes());
      }
      assertEquals(0, backend.blocks().sum(), "blocks after a failure at call " + k);
      assertEquals(0, backend.bytes().sum(), "bytes after a failure at call " + k);
    }
  }

  /** Works until the call has failed and a little longer, and frees everything. */
  private void fail(Allocator heap, int k) {
    SplittableRandom random = new SplittableRandom(k);
    backend.failAt(k);
    int errors = 0;
    for (int more = 0; more < 10; more += backend.failed() ? 1 : 0) {
      try {
        step(heap, random);
      } catch (OutOfMemoryError e) {
        errors++;
      }
    }
    assertTrue(errors <= 1, errors + " errors for one failure");
    for (int i = 0; i < LIVE; i++) {
      free(heap, i);
    }
  }

  private void step(Allocator heap, SplittableRandom random) {
    int i = random.nextInt(LIVE);
    long size = 8L + random.nextInt(2000);
    if (blocks[i] == 0) {
      blocks[i] = random.nextBoolean() ? heap.allocate(size, 8) : heap.allocateZeroed(size, 8);
    } else if (random.nextInt(4) == 0) {
      long stamp = blocks[i] ^ sizes[i];
      blocks[i] = heap.reallocate(blocks[i], sizes[i], size, 8);
      assertEquals(stamp, Memory.get(blocks[i]));
    } else {
      free(heap, i);
      return;
    }
    sizes[i] = size;
    Memory.put(blocks[i], blocks[i] ^ size);
  }

  private void free(Allocator heap, int i) {
    if (blocks[i] != 0) {
      assertEquals(blocks[i] ^ sizes[i], Memory.get(blocks[i]));
      heap.deallocate(blocks[i], sizes[i], 8);
      blocks[i] = 0;
    }
  }
}
