package org.onemalloc.bugs;

import java.nio.ByteBuffer;
import java.util.List;
import org.lwjgl.system.MemoryUtil;

/** The same mistakes with LWJGL's memory. */
final class LwjglBugs {
  private LwjglBugs() {}

  static List<Bug> all() {
    return List.of(
        bug("twice-at-once", () -> twice(64)),
        bug("twice-later", LwjglBugs::later),
        bug("twice-on-another-thread", LwjglBugs::elsewhere),
        bug("twice-after-reallocate", LwjglBugs::afterReallocate),
        bug("twice-a-large-block", () -> twice(100_000)),
        bug("twice-by-two-owners", () -> twice(48)),
        bug("reallocate-after-free", LwjglBugs::reallocated),
        bug("address-8-inside", () -> inside(64, 8)),
        bug("address-16-inside", () -> inside(64, 16)),
        bug("address-past-end", () -> inside(64, 64)),
        bug("address-inside-a-large-block", () -> inside(100_000, 4096)),
        bug("address-odd", () -> inside(64, 1)),
        bug("address-of-nothing", () -> MemoryUtil.nmemFree(0x123450000L)),
        bug("address-of-a-function", () -> MemoryUtil.nmemFree(Raw.function())),
        bug("block-of-c-to-a-private-heap", () -> MemoryUtil.nmemFree(Raw.malloc(64))),
        bug("past-end-by-one", () -> written(64, 64, 1)),
        bug("past-end-by-eight", () -> written(64, 64, 8)),
        bug("past-end-of-an-odd-size", () -> written(37, 37, 1)),
        bug("past-end-with-a-gap", () -> written(64, 80, 4)),
        bug("past-end-of-a-large-block", () -> written(100_000, 100_000, 16)),
        bug("past-end-by-a-fill", LwjglBugs::buffer),
        bug("before-start-by-one", () -> written(64, -1, 1)),
        bug("before-start-by-eight", () -> written(64, -8, 8)),
        bug("after-free-first-byte", () -> afterFree(64, 0)),
        bug("after-free-last-byte", () -> afterFree(64, 63)),
        bug("after-free-on-another-thread", LwjglBugs::afterFreeElsewhere),
        bug("after-reallocate", LwjglBugs::stale),
        bug("read-after-free", LwjglBugs::readFreed),
        bug("read-past-end", LwjglBugs::readPast),
        bug("leak-of-a-block", () -> Main.use(MemoryUtil.nmemAlloc(64))),
        bug("leak-of-a-large-block", () -> Main.use(MemoryUtil.nmemAlloc(100_000))),
        bug("leak-in-a-list", LwjglBugs::leaks));
  }

  private static Bug bug(String name, Bug.Body body) {
    return Bug.of(name, "", body);
  }

  private static void twice(long size) {
    long block = MemoryUtil.nmemAlloc(size);
    MemoryUtil.nmemFree(block);
    MemoryUtil.nmemFree(block);
  }

  private static void later() {
    long block = MemoryUtil.nmemAlloc(64);
    MemoryUtil.nmemFree(block);
    for (int i = 0; i < 100; i++) {
      MemoryUtil.nmemFree(MemoryUtil.nmemAlloc(200));
    }
    MemoryUtil.nmemFree(block);
  }

  private static void elsewhere() throws InterruptedException {
    long block = MemoryUtil.nmemAlloc(64);
    MemoryUtil.nmemFree(block);
    Raw.elsewhere(() -> MemoryUtil.nmemFree(block));
  }

  private static void afterReallocate() {
    long block = MemoryUtil.nmemAlloc(64);
    long moved = MemoryUtil.nmemRealloc(block, 4000);
    MemoryUtil.nmemFree(moved);
    MemoryUtil.nmemFree(block);
  }

  private static void reallocated() {
    long block = MemoryUtil.nmemAlloc(64);
    MemoryUtil.nmemFree(block);
    MemoryUtil.nmemFree(MemoryUtil.nmemRealloc(block, 128));
  }

  private static void inside(long size, long offset) {
    long block = MemoryUtil.nmemAlloc(size);
    MemoryUtil.nmemFree(block + offset);
    MemoryUtil.nmemFree(block);
  }

  private static void written(long size, long at, int bytes) {
    long block = MemoryUtil.nmemAlloc(size);
    MemoryUtil.memSet(block + at, 1, bytes);
    MemoryUtil.nmemFree(block);
  }

  private static void buffer() {
    ByteBuffer buffer = MemoryUtil.memAlloc(100);
    for (int i = 0; i < 112; i++) {
      buffer.put(i, (byte) 1);
    }
    MemoryUtil.memFree(buffer);
  }

  private static void afterFree(long size, long at) {
    long block = MemoryUtil.nmemAlloc(size);
    MemoryUtil.nmemFree(block);
    MemoryUtil.memPutByte(block + at, (byte) 1);
  }

  private static void afterFreeElsewhere() throws InterruptedException {
    long block = MemoryUtil.nmemAlloc(64);
    MemoryUtil.nmemFree(block);
    Raw.elsewhere(() -> MemoryUtil.memPutByte(block + 8, (byte) 1));
  }

  private static void stale() {
    long block = MemoryUtil.nmemAlloc(64);
    long moved = MemoryUtil.nmemRealloc(block, 5000);
    MemoryUtil.memPutByte(block + 8, (byte) 1);
    MemoryUtil.nmemFree(moved);
  }

  private static void readFreed() {
    long block = MemoryUtil.nmemAlloc(64);
    MemoryUtil.nmemFree(block);
    Main.use(MemoryUtil.memGetByte(block));
  }

  private static void readPast() {
    long block = MemoryUtil.nmemAlloc(64);
    Main.use(MemoryUtil.memGetByte(block + 64));
    MemoryUtil.nmemFree(block);
  }

  private static void leaks() {
    for (int i = 0; i < 10; i++) {
      long block = MemoryUtil.nmemAlloc(32);
      if (i > 0) {
        MemoryUtil.nmemFree(block);
      }
    }
  }
}
