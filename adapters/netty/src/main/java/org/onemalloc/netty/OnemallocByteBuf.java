package org.onemalloc.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;

/**
 * A direct buffer that is one block of the heap.
 *
 * <p>It has an address and no {@link ByteBuffer}: making one costs more than the block, and most
 * buffers need none; one is made when a channel asks for it. The superclass checks bounds; {@code
 * io.netty.buffer.checkBounds=false} disables that, as for Netty's own unsafe buffers.
 */
final class OnemallocByteBuf extends CountedByteBuf {
  /** That of malloc: Netty promises no alignment. */
  static final long ALIGNMENT = 1;

  private static final int CHUNK = 8192;

  private final OnemallocByteBufAllocator allocator;
  private long address;
  private int capacity;
  private boolean marked;
  private ByteBuffer view;

  /** The lane to which this object returns, or null if it is not reused. */
  final Lane home;

  private final long owner;

  /** Its number in that lane, -1 if it is not reused. */
  int number;

  /** In a chain of returned objects: the number of the next. */
  int next;

  /** Whether this object is not in use; only set for the first object of a thread. */
  boolean idle;

  OnemallocByteBuf(OnemallocByteBufAllocator allocator, Lane home, int number) {
    this.allocator = allocator;
    this.home = home;
    this.owner = home == null ? 0 : home.id;
    this.number = number;
  }

  /** Returns whether the calling thread's lane is the home, without reading the home. */
  boolean isHome() {
    return Thread.currentThread().threadId() == owner;
  }

  /** Makes this a new buffer. */
  void start(long block, int size, int maxCapacity) {
    address = block;
    capacity = size;
    if (maxCapacity() != maxCapacity) {
      maxCapacity(maxCapacity);
    }
    clear();
    if (marked) {
      super.markReaderIndex();
      super.markWriterIndex();
      marked = false;
    }
    resetCount();
  }

  @Override
  public ByteBuf markReaderIndex() {
    marked = true;
    return super.markReaderIndex();
  }

  @Override
  public ByteBuf markWriterIndex() {
    marked = true;
    return super.markWriterIndex();
  }

  @Override
  void deallocate() {
    if (view != null) { // a store of a reference costs a barrier
      view = null;
    }
    allocator.release(this, address, capacity);
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public ByteBuf capacity(int newCapacity) {
    checkNewCapacity(newCapacity);
    if (newCapacity != capacity) {
      long moved = allocator.resize(address, capacity, newCapacity);
      if (newCapacity < capacity) {
        trimIndicesToCapacity(newCapacity);
      }
      address = moved;
      capacity = newCapacity;
      view = null;
    }
    return this;
  }

  @Override
  public ByteBufAllocator alloc() {
    return allocator;
  }

  @Override
  @SuppressWarnings("deprecation")
  public ByteOrder order() {
    return ByteOrder.BIG_ENDIAN;
  }

  @Override
  public ByteBuf unwrap() {
    return null;
  }

  @Override
  public boolean isDirect() {
    return true;
  }

  @Override
  public boolean hasArray() {
    return false;
  }

  @Override
  public byte[] array() {
    throw new UnsupportedOperationException("direct buffer");
  }

  @Override
  public int arrayOffset() {
    throw new UnsupportedOperationException("direct buffer");
  }

  @Override
  public boolean hasMemoryAddress() {
    return true;
  }

  @Override
  public long memoryAddress() {
    ensureAccessible();
    return address;
  }

  @Override
  public boolean isContiguous() {
    return true;
  }

  @Override
  protected byte _getByte(int index) {
    return AllMemory.getByte(address + index);
  }

  @Override
  protected short _getShort(int index) {
    return AllMemory.getShort(address + index);
  }

  @Override
  protected short _getShortLE(int index) {
    return Short.reverseBytes(_getShort(index));
  }

  @Override
  protected int _getUnsignedMedium(int index) {
    return (_getByte(index) & 0xff) << 16 | (_getShort(index + 1) & 0xffff);
  }

  @Override
  protected int _getUnsignedMediumLE(int index) {
    return (_getShortLE(index) & 0xffff) | (_getByte(index + 2) & 0xff) << 16;
  }

  @Override
  protected int _getInt(int index) {
    return AllMemory.getInt(address + index);
  }

  @Override
  protected int _getIntLE(int index) {
    return Integer.reverseBytes(_getInt(index));
  }

  @Override
  protected long _getLong(int index) {
    return AllMemory.getLong(address + index);
  }

  @Override
  protected long _getLongLE(int index) {
    return Long.reverseBytes(_getLong(index));
  }

  @Override
  protected void _setByte(int index, int value) {
    AllMemory.putByte(address + index, (byte) value);
  }

  @Override
  protected void _setShort(int index, int value) {
    AllMemory.putShort(address + index, (short) value);
  }

  @Override
  protected void _setShortLE(int index, int value) {
    _setShort(index, Short.reverseBytes((short) value));
  }

  @Override
  protected void _setMedium(int index, int value) {
    _setByte(index, value >>> 16);
    _setShort(index + 1, value);
  }

  @Override
  protected void _setMediumLE(int index, int value) {
    _setShortLE(index, value);
    _setByte(index + 2, value >>> 16);
  }

  @Override
  protected void _setInt(int index, int value) {
    AllMemory.putInt(address + index, value);
  }

  @Override
  protected void _setIntLE(int index, int value) {
    _setInt(index, Integer.reverseBytes(value));
  }

  @Override
  protected void _setLong(int index, long value) {
    AllMemory.putLong(address + index, value);
  }

  @Override
  protected void _setLongLE(int index, long value) {
    _setLong(index, Long.reverseBytes(value));
  }

  @Override
  public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
    checkDstIndex(index, length, dstIndex, dst.capacity());
    if (dst.hasMemoryAddress()) {
      AllMemory.copy(address + index, dst.memoryAddress() + dstIndex, length);
    } else if (dst.hasArray()) {
      AllMemory.copy(address + index, dst.array(), dst.arrayOffset() + dstIndex, length);
    } else {
      dst.setBytes(dstIndex, this, index, length);
    }
    return this;
  }

  @Override
  public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
    checkDstIndex(index, length, dstIndex, dst.length);
    AllMemory.copy(address + index, dst, dstIndex, length);
    return this;
  }

  @Override
  public ByteBuf getBytes(int index, ByteBuffer dst) {
    dst.put(nioBuffer(index, dst.remaining()));
    return this;
  }

  @Override
  public ByteBuf getBytes(int index, OutputStream out, int length) throws IOException {
    checkIndex(index, length);
    byte[] chunk = new byte[Math.min(length, CHUNK)];
    for (int done = 0; done < length; done += chunk.length) {
      int n = Math.min(chunk.length, length - done);
      AllMemory.copy(address + index + done, chunk, 0, n);
      out.write(chunk, 0, n);
    }
    return this;
  }

  @Override
  public int getBytes(int index, GatheringByteChannel out, int length) throws IOException {
    return length == 0 ? 0 : out.write(nioBuffer(index, length));
  }

  @Override
  public int getBytes(int index, FileChannel out, long position, int length) throws IOException {
    return length == 0 ? 0 : out.write(nioBuffer(index, length), position);
  }

  @Override
  public ByteBuf setBytes(int index, ByteBuf src, int srcIndex, int length) {
    checkSrcIndex(index, length, srcIndex, src.capacity());
    if (src.hasMemoryAddress()) {
      AllMemory.copy(src.memoryAddress() + srcIndex, address + index, length);
    } else if (src.hasArray()) {
      AllMemory.copy(src.array(), src.arrayOffset() + srcIndex, address + index, length);
    } else {
      src.getBytes(srcIndex, this, index, length);
    }
    return this;
  }

  @Override
  public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
    checkSrcIndex(index, length, srcIndex, src.length);
    AllMemory.copy(src, srcIndex, address + index, length);
    return this;
  }

  @Override
  public ByteBuf setBytes(int index, ByteBuffer src) {
    nioBuffer(index, src.remaining()).put(src);
    return this;
  }

  @Override
  public int setBytes(int index, InputStream in, int length) throws IOException {
    checkIndex(index, length);
    byte[] chunk = new byte[Math.min(length, CHUNK)];
    int read = in.read(chunk, 0, chunk.length);
    if (read > 0) {
      AllMemory.copy(chunk, 0, address + index, read);
    }
    return read;
  }

  @Override
  public int setBytes(int index, ScatteringByteChannel in, int length) throws IOException {
    try {
      return in.read(internalNioBuffer(index, length));
    } catch (ClosedChannelException e) {
      return -1; // as the interface specifies
    }
  }

  @Override
  public int setBytes(int index, FileChannel in, long position, int length) throws IOException {
    try {
      return in.read(internalNioBuffer(index, length), position);
    } catch (ClosedChannelException e) {
      return -1; // as the interface specifies
    }
  }

  @Override
  public ByteBuf copy(int index, int length) {
    checkIndex(index, length);
    return allocator.directBuffer(length, maxCapacity()).writeBytes(this, index, length);
  }

  @Override
  public int nioBufferCount() {
    return 1;
  }

  @Override
  public ByteBuffer nioBuffer(int index, int length) {
    checkIndex(index, length);
    return AllMemory.buffer(address + index, length);
  }

  @Override
  public ByteBuffer[] nioBuffers(int index, int length) {
    return new ByteBuffer[] {nioBuffer(index, length)};
  }

  @Override
  public ByteBuffer internalNioBuffer(int index, int length) {
    checkIndex(index, length);
    ByteBuffer buffer = view;
    if (buffer == null) {
      buffer = AllMemory.buffer(address, capacity);
      view = buffer;
    }
    return buffer.limit(index + length).position(index);
  }
}
