package org.onemalloc.netty.suite;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/** The allocators that Netty's tests are given, all of them counted. */
final class Ours {
  static final OnemallocByteBufAllocator ALLOCATOR = new OnemallocByteBufAllocator(true);
  private static final List<OnemallocByteBufAllocator> ALL = new CopyOnWriteArrayList<>();

  static {
    ALL.add(ALLOCATOR);
  }

  private Ours() {}

  static OnemallocByteBufAllocator another(boolean preferDirect) {
    OnemallocByteBufAllocator allocator = new OnemallocByteBufAllocator(preferDirect);
    ALL.add(allocator);
    return allocator;
  }

  static ByteBuf direct(int length, int maxCapacity) {
    return ALLOCATOR.directBuffer(length, maxCapacity);
  }

  /** A direct buffer of zeros, for tests that expect them of arrays. */
  static ByteBuf zeros(int length, int maxCapacity) {
    ByteBuf buffer = direct(length, maxCapacity);
    return buffer.setZero(0, length);
  }

  static long allocations() {
    return ALL.stream().mapToLong(a -> a.metric().allocations()).sum();
  }

  static long releases() {
    return ALL.stream().mapToLong(a -> a.metric().releases()).sum();
  }

  static long used() {
    return ALL.stream().mapToLong(a -> a.metric().usedDirectMemory()).sum();
  }
}
