package org.onemalloc.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onemalloc.Heap;

class OnemallocByteBufAllocatorTest {
  private static final long LIMIT = 64 << 20;

  private final OnemallocByteBufAllocator allocator = new OnemallocByteBufAllocator(true, LIMIT);

  @BeforeEach
  void noTracking() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
  }

  @AfterEach
  void leavesNothing() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
    OnemallocMetric metric = allocator.metric();
    assertEquals(0, metric.usedDirectMemory());
    assertEquals(0, metric.usedHeapMemory());
    assertEquals(metric.allocations(), metric.releases());
  }

  /** Surefire runs the tests twice, with the oldest version of the range and with the newest. */
  @Test
  void runsWithTheVersionThatIsMeant() {
    String jar = ByteBuf.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String name = "/netty-buffer-" + System.getProperty("tested.version") + ".jar";
    assertTrue(jar.endsWith(name), jar);
  }

  @Test
  void givesTheBlockOfABufferBackToTheHeap() {
    ByteBuf buffer = allocator.directBuffer(1000);
    long address = buffer.memoryAddress();
    buffer.release();
    long block = Heap.allocate(1000, 1);
    assertEquals(address, block);
    Heap.deallocate(block, 1000, 1);
  }

  @Test
  void keepsContentsWhenItGrowsAndShrinks() {
    ByteBuf buffer = allocator.directBuffer(16);
    SplittableRandom random = new SplittableRandom(1);
    byte[] written = new byte[300_000];
    random.nextBytes(written);
    for (int i = 0; i < written.length; i += 1000) {
      buffer.writeBytes(written, i, 1000);
    }
    assertArrayEquals(written, bytes(buffer));
    buffer.capacity(100);
    assertEquals(100, buffer.writerIndex());
    assertEquals(100, allocator.metric().usedDirectMemory());
    assertArrayEquals(java.util.Arrays.copyOf(written, 100), bytes(buffer));
    buffer.release();
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.writerIndex()];
    buffer.getBytes(0, bytes);
    return bytes;
  }

  @Test
  void growsInPlaceWithinABlockOfTheHeap() {
    ByteBuf buffer = allocator.directBuffer(1002);
    long address = buffer.memoryAddress();
    buffer.capacity(1003);
    assertEquals(address, buffer.memoryAddress());
    buffer.release();
  }

  @Test
  void refusesWhatIsAboveTheLimitAndGoesOn() {
    List<ByteBuf> buffers = new ArrayList<>();
    for (int i = 0; i < LIMIT >> 20; i++) {
      buffers.add(allocator.directBuffer(1 << 20));
    }
    OutOfMemoryError e = assertThrows(OutOfMemoryError.class, () -> allocator.directBuffer(1));
    assertTrue(e.getMessage().contains("used: " + LIMIT + ", max: " + LIMIT), e.getMessage());
    assertThrows(OutOfMemoryError.class, () -> buffers.getFirst().capacity((1 << 20) + 1));
    assertEquals(1 << 20, buffers.getFirst().capacity());
    buffers.removeLast().release();
    buffers.add(allocator.directBuffer(1 << 20));
    buffers.forEach(ByteBuf::release);
  }

  @Test
  void refusesALimitBelowOneByte() {
    assertThrows(IllegalArgumentException.class, () -> new OnemallocByteBufAllocator(true, 0));
  }

  @Test
  void takesBackTheReserveOfEndedThreads() throws Exception {
    for (int i = 0; i < 200; i++) {
      Thread thread = Thread.ofPlatform().start(() -> allocator.directBuffer(10).release());
      thread.join();
    }
    ByteBuf whole = allocator.directBuffer((int) LIMIT);
    whole.release();
  }

  @Test
  void findsASecondRelease() {
    ByteBuf buffer = allocator.directBuffer(10);
    buffer.release();
    assertThrows(IllegalReferenceCountException.class, buffer::release);
    assertThrows(IllegalReferenceCountException.class, () -> buffer.getByte(0));
  }

  @Test
  void startsARecycledBufferAnew() {
    ByteBuf first = allocator.directBuffer(100, 200);
    first.writeLong(1).markWriterIndex().readInt();
    first.markReaderIndex();
    first.nioBuffer();
    first.release();
    ByteBuf second = allocator.directBuffer(50, 60);
    assertSame(first, second);
    assertEquals(0, second.resetReaderIndex().readerIndex());
    assertEquals(0, second.resetWriterIndex().writerIndex());
    assertEquals(60, second.maxCapacity());
    assertEquals(1, second.refCnt());
    assertEquals(50, second.internalNioBuffer(0, 50).remaining());
    second.release();
  }

  @Test
  void bringsObjectsThatAnotherThreadReleasedHome() throws Exception {
    Set<ByteBuf> first = identities(allocate(1000));
    Thread.ofPlatform().start(() -> first.forEach(ByteBuf::release)).join();
    Set<ByteBuf> second = identities(allocate(1000));
    Thread.ofVirtual().start(() -> second.forEach(ByteBuf::release)).join();
    Set<ByteBuf> third = identities(allocate(1000));
    third.forEach(ByteBuf::release);
    assertEquals(1000, third.size());
    assertEquals(second, third);
    second.removeAll(first);
    assertTrue(second.size() < 32, () -> second.size() + " did not come home");
  }

  @Test
  void makesMoreBuffersThanItHasObjectsFor() {
    List<ByteBuf> buffers = allocate(BufferObjects.MAX + 100);
    assertEquals(buffers.size(), identities(buffers).size());
    buffers.forEach(ByteBuf::release);
    List<ByteBuf> again = allocate(BufferObjects.MAX + 100);
    assertEquals(again.size(), identities(again).size());
    again.forEach(ByteBuf::release);
  }

  private List<ByteBuf> allocate(int count) {
    List<ByteBuf> buffers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      buffers.add(allocator.directBuffer(64));
    }
    return buffers;
  }

  private static Set<ByteBuf> identities(List<ByteBuf> buffers) {
    Set<ByteBuf> set = Collections.newSetFromMap(new IdentityHashMap<>());
    set.addAll(buffers);
    return set;
  }

  @Test
  void findsOneOfTwoReleasesThatRace() throws Exception {
    int rounds = 20_000;
    ByteBuf[] buffers = new ByteBuf[rounds];
    Arrays.setAll(buffers, i -> allocator.directBuffer(64));
    AtomicInteger found = new AtomicInteger();
    CyclicBarrier start = new CyclicBarrier(2);
    Runnable release =
        () -> {
          try {
            start.await();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          for (ByteBuf buffer : buffers) {
            try {
              buffer.release();
            } catch (IllegalReferenceCountException e) {
              found.incrementAndGet();
            }
          }
        };
    Thread one = Thread.ofPlatform().start(release);
    Thread other = Thread.ofPlatform().start(release);
    one.join();
    other.join();
    assertEquals(rounds, found.get());
  }

  @Test
  void countsReferencesAsNettyDoes() {
    ByteBuf buffer = allocator.directBuffer(8);
    assertThrows(IllegalArgumentException.class, () -> buffer.retain(0));
    assertThrows(IllegalArgumentException.class, () -> buffer.release(-1));
    assertThrows(IllegalReferenceCountException.class, () -> buffer.retain(Integer.MAX_VALUE));
    assertThrows(IllegalReferenceCountException.class, () -> buffer.release(2));
    assertEquals(1, buffer.refCnt());
    assertFalse(buffer.retain(2).release(2));
    assertTrue(buffer.release());
    assertThrows(IllegalReferenceCountException.class, buffer::retain);
    assertEquals(0, buffer.refCnt());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DISABLED")
  void lostBuffersAreReported(ResourceLeakDetector.Level level) {
    ResourceLeakDetector.setLevel(level);
    AtomicBoolean reported = new AtomicBoolean();
    ByteBufUtil.setLeakListener((type, records) -> reported.set(true));
    OnemallocByteBufAllocator other = new OnemallocByteBufAllocator(true, LIMIT);
    other.directBuffer(16); // a thread's first object is its own to keep
    for (int round = 0; round < 100 && !reported.get(); round++) {
      for (int i = 0; i < 500; i++) {
        other.directBuffer(16).touch(level); // the same leak is not reported twice
      }
      System.gc();
    }
    ByteBufUtil.setLeakListener(null);
    assertTrue(reported.get());
  }

  @Test
  void servesPlatformAndVirtualThreadsThatReleaseForEachOther() throws Exception {
    try (ExecutorService platform = Executors.newFixedThreadPool(3);
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> tasks = new ArrayList<>();
      for (int task = 0; task < 64; task++) {
        int seed = task;
        ExecutorService one = task % 2 == 0 ? platform : virtual;
        ExecutorService other = task % 4 < 2 ? platform : virtual;
        tasks.add(one.submit(() -> work(seed, other)));
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    }
  }

  private void work(int seed, ExecutorService other) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      ByteBuf buffer = allocator.directBuffer(random.nextInt(1, 5000));
      long mark = random.nextLong();
      buffer.writeLong(mark);
      if (random.nextBoolean()) {
        assertEquals(mark, buffer.readLong());
        buffer.release();
      } else {
        other.execute(
            () -> {
              assertEquals(mark, buffer.readLong());
              buffer.release();
            });
      }
    }
  }

  @Test
  void wrapsBuffersAtTheLevelsOfTheLeakDetector() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBuf buffer = allocator.directBuffer(10);
    assertEquals("AdvancedLeakAwareByteBuf", buffer.getClass().getSimpleName());
    buffer.release();
  }

  @Test
  void saysThatItsBuffersArePooledAndHaveAddresses() {
    assertTrue(allocator.isDirectBufferPooled());
    ByteBuf buffer = allocator.ioBuffer();
    assertTrue(buffer.isDirect());
    assertTrue(buffer.hasMemoryAddress());
    assertFalse(buffer.hasArray());
    buffer.release();
  }

  @Test
  void copiesToAndFromEveryKindOfBuffer() {
    ByteBuf ours = allocator.directBuffer(64).writeLong(1).writeLong(2);
    ByteBuf heap = allocator.heapBuffer(64);
    ByteBuf composite = allocator.compositeBuffer().addComponents(true, ours.copy(), ours.copy());
    ByteBuffer nio = ByteBuffer.allocateDirect(8);
    ours.getBytes(8, heap, 0, 8);
    ours.getBytes(8, nio);
    assertEquals(2, heap.getLong(0));
    assertEquals(2, nio.getLong(0));
    ours.setBytes(0, composite, 8, 16);
    assertEquals(2, ours.getLong(0));
    assertEquals(1, ours.getLong(8));
    ours.setBytes(4, ours, 0, 12); // overlapping
    assertEquals(2, ours.getLong(4));
    assertNotNull(composite.toString());
    ours.release();
    heap.release();
    composite.release();
  }
}
