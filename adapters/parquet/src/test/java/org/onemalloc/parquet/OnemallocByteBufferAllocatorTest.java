package org.onemalloc.parquet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.ByteBufferReleaser;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.CapacityByteArrayOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onemalloc.Heap;

class OnemallocByteBufferAllocatorTest {
  private final OnemallocByteBufferAllocator allocator = new OnemallocByteBufferAllocator();

  @AfterEach
  void leavesNothing() {
    assertEquals(0, allocator.live());
  }

  /** Surefire runs the tests twice, with the oldest version of the range and with the newest. */
  @Test
  void runsWithTheVersionThatIsMeant() {
    String jar =
        ByteBufferAllocator.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String name = "/parquet-common-" + System.getProperty("tested.version") + ".jar";
    assertTrue(jar.endsWith(name), jar);
  }

  @Test
  void runsTheExampleOfTheDocumentation() throws IOException {
    // docs/adapters.md
    try (ByteBufferReleaser releaser = new ByteBufferReleaser(allocator);
        CapacityByteArrayOutputStream page =
            new CapacityByteArrayOutputStream(64, 1 << 20, allocator)) {
      page.write("one heap".getBytes(UTF_8));
      ByteBuffer bytes = BytesInput.from(page).toByteBuffer(releaser);
      assertEquals("one heap", UTF_8.decode(bytes).toString());
    }
  }

  @Test
  void givesTheBlockOfABufferBackToTheHeap() {
    assumeTrue(Heap.binding().threadCaches().startsWith("on"), "the heap has no thread caches");
    ByteBuffer buffer = allocator.allocate(5000);
    long address = MemorySegment.ofBuffer(buffer).address();
    allocator.release(buffer);
    long block = Heap.allocate(5000, 16);
    assertEquals(address, block);
    Heap.deallocate(block, 5000, 16);
  }

  @Test
  void makesBuffersLikeTheJdks() {
    ByteBuffer buffer = allocator.allocate(100);
    assertTrue(buffer.isDirect());
    assertEquals(ByteOrder.BIG_ENDIAN, buffer.order());
    assertEquals(100, buffer.capacity());
    assertEquals(100, buffer.remaining());
    buffer.position(40).limit(60);
    allocator.release(buffer);
  }

  @Test
  void takesABufferOfSize0() {
    ByteBuffer first = allocator.allocate(0);
    ByteBuffer second = allocator.allocate(0);
    assertEquals(0, first.capacity());
    allocator.release(first);
    allocator.release(second);
    assertThrows(IllegalArgumentException.class, () -> allocator.allocate(-1));
  }

  @Test
  void refusesWhatIsNoLiveBufferOfItsOwn() {
    ByteBuffer buffer = allocator.allocate(100);
    ByteBuffer tail = buffer.duplicate().position(10).slice();
    ByteBuffer head = buffer.duplicate().limit(10).slice();
    for (ByteBuffer wrong :
        new ByteBuffer[] {tail, head, ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100)}) {
      assertThrows(IllegalArgumentException.class, () -> allocator.release(wrong));
    }
    allocator.release(buffer);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> allocator.release(buffer));
    assertEquals(
        "The buffer of 100 bytes was not allocated by this allocator, or was already released.",
        error.getMessage());
  }
}
