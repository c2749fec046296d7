package org.onemalloc.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.AbstractByteBufAllocatorTest;
import io.netty.buffer.BigEndianCompositeByteBufTest;
import io.netty.buffer.BigEndianDirectByteBufTest;
import io.netty.buffer.BigEndianHeapByteBufTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.DuplicatedByteBufTest;
import io.netty.buffer.LittleEndianCompositeByteBufTest;
import io.netty.buffer.LittleEndianDirectByteBufTest;
import io.netty.buffer.LittleEndianHeapByteBufTest;
import io.netty.buffer.RetainedDuplicatedByteBufTest;
import io.netty.buffer.RetainedSlicedByteBufTest;
import io.netty.buffer.SlicedByteBufTest;
import io.netty.buffer.WrappedCompositeByteBufTest;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onemalloc.netty.OnemallocByteBufAllocator;

/**
 * Every class of Netty's own tests of buffers that can be given an allocator or a buffer, with
 * ours.
 */
final class Suites {
  static final List<Class<?>> ALL =
      List.of(
          Allocator.class,
          BigEndian.class,
          LittleEndian.class,
          BigEndianArray.class,
          LittleEndianArray.class,
          Sliced.class,
          RetainedSliced.class,
          Duplicated.class,
          RetainedDuplicated.class,
          BigEndianComposite.class,
          LittleEndianComposite.class,
          WrappedComposite.class);

  private Suites() {}

  public static class Allocator extends AbstractByteBufAllocatorTest<OnemallocByteBufAllocator> {
    @Override
    protected OnemallocByteBufAllocator newAllocator(boolean preferDirect) {
      return Ours.another(preferDirect);
    }

    @Override
    protected OnemallocByteBufAllocator newUnpooledAllocator() {
      return Ours.another(false);
    }

    @Override
    protected boolean isDirectExpected(boolean preferDirect) {
      return preferDirect;
    }

    /** Asks for Netty's own classes; Netty's tests of its pooled allocators override it too. */
    @Test
    @Override
    public void testUnsafeHeapBufferAndUnsafeDirectBuffer() {
      OnemallocByteBufAllocator allocator = newUnpooledAllocator();
      ByteBuf direct = allocator.directBuffer();
      assertEquals("OnemallocByteBuf", bare(direct).getClass().getSimpleName());
      direct.release();
      ByteBuf heap = allocator.heapBuffer();
      assertEquals("ArrayByteBuf", bare(heap).getClass().getSimpleName());
      heap.release();
    }

    private static ByteBuf bare(ByteBuf buffer) {
      return buffer.getClass().getSimpleName().contains("LeakAware") ? buffer.unwrap() : buffer;
    }

    /** About pooled arrays; Netty switches it off for its own unpooled ones. */
    @Test
    @Override
    public void shouldReuseChunks() {}
  }

  public static class BigEndian extends BigEndianDirectByteBufTest {
    @Override
    protected ByteBuf newDirectBuffer(int length, int maxCapacity) {
      return Ours.direct(length, maxCapacity);
    }
  }

  public static class LittleEndian extends LittleEndianDirectByteBufTest {
    @Override
    protected ByteBuf newDirectBuffer(int length, int maxCapacity) {
      return Ours.direct(length, maxCapacity);
    }
  }

  public static class BigEndianArray extends BigEndianHeapByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      return Ours.ALLOCATOR.heapBuffer(length, maxCapacity);
    }
  }

  @SuppressWarnings("deprecation")
  public static class LittleEndianArray extends LittleEndianHeapByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      return Ours.ALLOCATOR.heapBuffer(length, maxCapacity).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  public static class Sliced extends SlicedByteBufTest {
    @Override
    protected ByteBuf newSlice(ByteBuf buffer, int offset, int length) {
      return super.newSlice(instead(buffer), offset, length);
    }
  }

  public static class RetainedSliced extends RetainedSlicedByteBufTest {
    @Override
    protected ByteBuf newSlice(ByteBuf buffer, int offset, int length) {
      return super.newSlice(instead(buffer), offset, length);
    }
  }

  private static ByteBuf instead(ByteBuf theirs) {
    int capacity = theirs.capacity();
    theirs.release();
    return Ours.zeros(capacity, Integer.MAX_VALUE);
  }

  public static class Duplicated extends DuplicatedByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      return Ours.zeros(length, maxCapacity).duplicate();
    }
  }

  public static class RetainedDuplicated extends RetainedDuplicatedByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      ByteBuf buffer = Ours.zeros(length, maxCapacity);
      ByteBuf duplicate = buffer.retainedDuplicate();
      buffer.release();
      return duplicate;
    }
  }

  private static CompositeByteBuf composite() {
    return Ours.ALLOCATOR.compositeDirectBuffer();
  }

  /** As AbstractCompositeByteBufTest does with arrays: many small components, cut to length. */
  @SuppressWarnings("deprecation")
  private static ByteBuf composite(int length, ByteOrder order) {
    CompositeByteBuf buffer = Ours.ALLOCATOR.compositeDirectBuffer(Integer.MAX_VALUE);
    for (int there = 0; there < length + 45; ) {
      for (int size = 0; size < 10; there += size++) {
        buffer.addComponent(true, Ours.zeros(size, Integer.MAX_VALUE).writerIndex(size));
      }
    }
    return buffer.capacity(length).writerIndex(0).order(order);
  }

  public static class BigEndianComposite extends BigEndianCompositeByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      ByteBuf theirs = super.newBuffer(0, maxCapacity); // for what it assumes
      theirs.release();
      return composite(length, ByteOrder.BIG_ENDIAN);
    }

    @Override
    protected CompositeByteBuf newCompositeBuffer() {
      return composite();
    }
  }

  public static class LittleEndianComposite extends LittleEndianCompositeByteBufTest {
    @Override
    protected ByteBuf newBuffer(int length, int maxCapacity) {
      ByteBuf theirs = super.newBuffer(0, maxCapacity); // for what it assumes
      theirs.release();
      return composite(length, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected CompositeByteBuf newCompositeBuffer() {
      return composite();
    }
  }

  public static class WrappedComposite extends WrappedCompositeByteBufTest {
    @Override
    protected CompositeByteBuf newCompositeBuffer() {
      return wrap(composite());
    }
  }
}
