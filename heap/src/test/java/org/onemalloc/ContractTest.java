package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.DirectHeap;
import org.onemalloc.internal.cache.CachedHeap;
import org.onemalloc.internal.cache.TestHeaps;

/** The contract for each binding and state that needs no JVM of its own. */
class ContractTest {
  @Nested
  class ProcessHeap extends AllocatorContract {
    @Override
    Allocator allocator() {
      return Heap.allocator();
    }
  }

  @Nested
  class ProcessHeapOnVirtualThreads extends AllocatorContract {
    @Override
    Allocator allocator() {
      return Heap.allocator();
    }

    @Override
    Thread.Builder builder() {
      return Thread.ofVirtual();
    }
  }

  @Nested
  class Handle extends AllocatorContract {
    @Override
    Allocator allocator() {
      return ThreadHeap.open();
    }
  }

  @Nested
  class HandleOnVirtualThreads extends AllocatorContract {
    @Override
    Allocator allocator() {
      return ThreadHeap.open();
    }

    @Override
    Thread.Builder builder() {
      return Thread.ofVirtual();
    }
  }

  @Nested
  class WithoutCaches extends AllocatorContract {
    @Override
    Allocator allocator() {
      return TestHeaps.of(TestHeaps.process(), TestHeaps.OFF);
    }
  }

  @Nested
  class WithTightCaches extends AllocatorContract {
    private final CachedHeap heap = TestHeaps.of(TestHeaps.process(), TestHeaps.TIGHT);

    @Override
    Allocator allocator() {
      return heap;
    }
  }

  @Nested
  class Polyfill extends AllocatorContract {
    @Override
    Allocator allocator() {
      return new DirectHeap(TestHeaps.polyfill(), "unknown");
    }
  }

  @Nested
  class PrivateMimalloc extends AllocatorContract {
    private static final Bound BOUND = TestHeaps.own("mimalloc");
    private final CachedHeap heap = TestHeaps.of(BOUND, TestHeaps.LIMITS);

    @Override
    Allocator allocator() {
      return heap;
    }
  }

  @Nested
  class PrivateMimallocWithoutCaches extends AllocatorContract {
    @Override
    Allocator allocator() {
      return TestHeaps.of(PrivateMimalloc.BOUND, TestHeaps.OFF);
    }
  }

  @Nested
  class PrivateJemalloc extends AllocatorContract {
    private static final Bound BOUND = TestHeaps.own("jemalloc");
    private final CachedHeap heap = TestHeaps.of(BOUND, TestHeaps.LIMITS);

    @Override
    Allocator allocator() {
      return heap;
    }
  }

  @Nested
  class PrivateJemallocWithoutCaches extends AllocatorContract {
    @Override
    Allocator allocator() {
      return TestHeaps.of(PrivateJemalloc.BOUND, TestHeaps.OFF);
    }
  }

  @Nested
  class Tagged extends AllocatorContract {
    private final TaggedHeap heap = Heap.tagged("contract");

    @Override
    Allocator allocator() {
      return heap;
    }

    @AfterEach
    void nothingIsLeftOnTheAccount() {
      assertEquals(0, heap.usage().totalBytes());
      assertEquals(0, heap.usage().totalBlocks());
    }
  }

  @Nested
  class TaggedOnVirtualThreads extends Tagged {
    @Override
    Thread.Builder builder() {
      return Thread.ofVirtual();
    }
  }

  @Nested
  class TaggedWithinALimit extends AllocatorContract {
    private final TaggedHeap heap = Heap.tagged("contract/limited");

    @Override
    Allocator allocator() {
      heap.limit(4L << 30);
      return heap;
    }

    @AfterEach
    void nothingIsLeftOnTheAccount() {
      assertEquals(0, heap.usage().totalBytes());
    }
  }
}
