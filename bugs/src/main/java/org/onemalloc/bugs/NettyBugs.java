package org.onemalloc.bugs;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;

/** The same mistakes with Netty's buffers, made by Netty's own calls where there are such calls. */
final class NettyBugs {
  private static final PooledByteBufAllocator NETTY = PooledByteBufAllocator.DEFAULT;

  private NettyBugs() {}

  static List<Bug> all() {
    return List.of(
        bug("twice-at-once", NettyBugs::twice),
        bug("twice-later", NettyBugs::later),
        bug("twice-on-another-thread", NettyBugs::elsewhere),
        bug("twice-a-large-block", () -> twice(100_000)),
        bug("twice-by-two-owners", NettyBugs::twice),
        bug("reallocate-after-free", NettyBugs::reallocated),
        bug("past-end-by-one", () -> written(64, 64)),
        bug("past-end-with-a-gap", () -> written(64, 80)),
        bug("past-end-of-a-large-block", () -> written(100_000, 100_000)),
        bug("past-end-by-a-fill", () -> address(64, 64)),
        bug("before-start-by-one", () -> written(64, -1)),
        bug("before-start-by-eight", () -> address(64, -8)),
        bug("after-free-first-byte", NettyBugs::afterFree),
        bug("after-free-on-another-thread", NettyBugs::afterFreeElsewhere),
        bug("after-reallocate", NettyBugs::stale),
        bug("read-after-free", NettyBugs::readFreed),
        bug("read-past-end", () -> Main.use(buffer(64).getByte(64))),
        bug("leak-of-a-block", () -> leak(64)),
        bug("leak-of-a-large-block", () -> leak(100_000)));
  }

  private static Bug bug(String name, Bug.Body body) {
    return Bug.of(name, "", body);
  }

  private static ByteBuf buffer(int size) {
    return NETTY.directBuffer(size, size);
  }

  private static void twice() {
    twice(64);
  }

  private static void twice(int size) {
    ByteBuf buffer = buffer(size);
    buffer.release();
    buffer.release();
  }

  private static void later() {
    ByteBuf buffer = buffer(64);
    buffer.release();
    for (int i = 0; i < 100; i++) {
      buffer(200).release();
    }
    buffer.release();
  }

  private static void elsewhere() throws InterruptedException {
    ByteBuf buffer = buffer(64);
    buffer.release();
    Raw.elsewhere(buffer::release);
  }

  private static void reallocated() {
    ByteBuf buffer = NETTY.directBuffer(64);
    buffer.release();
    buffer.capacity(128);
  }

  private static void written(int size, int at) {
    ByteBuf buffer = buffer(size);
    buffer.setByte(at, 1);
    buffer.release();
  }

  private static void address(int size, int at) {
    ByteBuf buffer = buffer(size);
    Raw.fill(buffer.memoryAddress() + at, 8, 1);
    buffer.release();
  }

  private static void afterFree() {
    ByteBuf buffer = buffer(64);
    buffer.release();
    buffer.setByte(0, 1);
  }

  private static void afterFreeElsewhere() throws InterruptedException {
    ByteBuf buffer = buffer(64);
    buffer.release();
    Raw.elsewhere(() -> buffer.setByte(8, 1));
  }

  private static void stale() {
    ByteBuf buffer = NETTY.directBuffer(64);
    long before = buffer.memoryAddress();
    buffer.capacity(100_000);
    Raw.put(before, 1);
    buffer.release();
  }

  private static void readFreed() {
    ByteBuf buffer = buffer(64);
    buffer.release();
    Main.use(buffer.getByte(0));
  }

  /** Later allocations report a leak, once the garbage collector has found the buffer. */
  private static void leak(int size) throws InterruptedException {
    Main.use(buffer(size).memoryAddress());
    for (int i = 0; i < 20; i++) {
      System.gc();
      Thread.sleep(20);
      buffer(64).release();
    }
  }
}
