package org.onemalloc.bugs;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** The same mistakes with Arrow's buffers, made by Arrow's own calls where there are such calls. */
final class ArrowBugs {
  private ArrowBugs() {}

  /** The use of an allocator that is closed afterwards, as Arrow requires. */
  private interface Use {
    void with(BufferAllocator allocator) throws Exception;
  }

  static List<Bug> all() {
    return List.of(
        bug("twice-at-once", allocator -> twice(allocator, 64)),
        bug("twice-later", ArrowBugs::later),
        bug("twice-on-another-thread", ArrowBugs::elsewhere),
        bug("twice-a-large-block", allocator -> twice(allocator, 100_000)),
        bug("twice-by-two-owners", allocator -> twice(allocator, 48)),
        bug("past-end-by-one", allocator -> written(allocator, 64, 64)),
        bug("past-end-with-a-gap", allocator -> written(allocator, 64, 80)),
        bug("past-end-of-a-large-block", allocator -> written(allocator, 131_072, 131_072)),
        bug("past-end-by-a-fill", allocator -> address(allocator, 64, 64)),
        bug("before-start-by-one", allocator -> written(allocator, 64, -1)),
        bug("before-start-by-eight", allocator -> address(allocator, 64, -8)),
        bug("after-free-first-byte", ArrowBugs::afterFree),
        bug("after-free-last-byte", ArrowBugs::afterFreeAddress),
        bug("after-free-on-another-thread", ArrowBugs::afterFreeElsewhere),
        bug("read-after-free", ArrowBugs::readFreed),
        bug("read-past-end", ArrowBugs::readPast),
        bug("leak-of-a-block", allocator -> Main.use(allocator.buffer(64).memoryAddress())),
        bug("leak-of-a-large-block", a -> Main.use(a.buffer(100_000).memoryAddress())));
  }

  private static Bug bug(String name, Use use) {
    return Bug.of(
        name,
        "",
        () -> {
          try (BufferAllocator allocator = new RootAllocator()) {
            use.with(allocator);
          }
        });
  }

  private static void twice(BufferAllocator allocator, long size) {
    ArrowBuf buffer = allocator.buffer(size);
    buffer.close();
    buffer.close();
  }

  private static void later(BufferAllocator allocator) {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    for (int i = 0; i < 100; i++) {
      allocator.buffer(200).close();
    }
    buffer.close();
  }

  private static void elsewhere(BufferAllocator allocator) throws InterruptedException {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    Raw.elsewhere(buffer::close);
  }

  private static void written(BufferAllocator allocator, long size, long at) {
    try (ArrowBuf buffer = allocator.buffer(size)) {
      buffer.setByte(at, 1);
    }
  }

  private static void address(BufferAllocator allocator, long size, long at) {
    try (ArrowBuf buffer = allocator.buffer(size)) {
      Raw.fill(buffer.memoryAddress() + at, 8, 1);
    }
  }

  private static void afterFree(BufferAllocator allocator) {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    buffer.setByte(0, 1);
  }

  private static void afterFreeAddress(BufferAllocator allocator) {
    ArrowBuf buffer = allocator.buffer(64);
    long address = buffer.memoryAddress();
    buffer.close();
    Raw.put(address + 63, 1);
  }

  private static void afterFreeElsewhere(BufferAllocator allocator) throws InterruptedException {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    Raw.elsewhere(() -> buffer.setByte(8, 1));
  }

  private static void readFreed(BufferAllocator allocator) {
    ArrowBuf buffer = allocator.buffer(64);
    buffer.close();
    Main.use(buffer.getByte(0));
  }

  private static void readPast(BufferAllocator allocator) {
    try (ArrowBuf buffer = allocator.buffer(64)) {
      Main.use(buffer.getByte(64));
    }
  }
}
