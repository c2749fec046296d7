package org.onemalloc.reach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.apache.bookkeeper.common.allocator.ByteBufAllocatorBuilder;
import org.apache.bookkeeper.common.allocator.LeakDetectionPolicy;
import org.apache.bookkeeper.common.allocator.OutOfMemoryPolicy;
import org.apache.bookkeeper.common.allocator.PoolingPolicy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/** BookKeeper, and Pulsar over it, take a Netty allocator: the one of onemalloc-netty. */
@Tag("slow")
class BookKeeperTest {
  private static final long LIMIT = 1 << 20;

  private final OnemallocByteBufAllocator ours = new OnemallocByteBufAllocator(true, LIMIT);

  private ByteBufAllocatorBuilder builder() {
    // docs/adapters.md
    return ByteBufAllocatorBuilder.create()
        .poolingPolicy(PoolingPolicy.PooledDirect)
        .pooledAllocator(ours)
        .leakDetectionPolicy(LeakDetectionPolicy.Disabled);
  }

  @Test
  void allocatesWithOurs() {
    ByteBufAllocator allocator = builder().build();
    ByteBuf buffer = allocator.buffer(1000);
    assertTrue(buffer.isDirect());
    assertEquals(1000, ours.metric().usedDirectMemory());
    buffer.release();
    assertEquals(0, ours.metric().usedDirectMemory());
    assertEquals(1, ours.metric().allocations());
  }

  @Test
  void fallsBackToArraysAtOurLimit() {
    ByteBufAllocator allocator =
        builder().outOfMemoryPolicy(OutOfMemoryPolicy.FallbackToHeap).build();
    ByteBuf direct = allocator.buffer((int) LIMIT / 2);
    ByteBuf array = allocator.buffer((int) LIMIT);
    assertTrue(direct.isDirect());
    assertFalse(array.isDirect());
    direct.release();
    array.release();
  }

  @Test
  void tellsItsListenerOfOurLimit() {
    List<OutOfMemoryError> told = new ArrayList<>();
    ByteBufAllocator allocator =
        builder()
            .outOfMemoryPolicy(OutOfMemoryPolicy.ThrowException)
            .outOfMemoryListener(told::add)
            .build();
    assertThrows(OutOfMemoryError.class, () -> allocator.directBuffer((int) LIMIT * 2));
    assertEquals(1, told.size());
    assertEquals(0, ours.metric().usedDirectMemory());
  }
}
