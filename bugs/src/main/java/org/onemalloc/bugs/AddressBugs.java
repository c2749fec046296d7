package org.onemalloc.bugs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.lwjgl.system.jemalloc.JEmalloc;
import org.onemalloc.Finding.Kind;
import org.onemalloc.Heap;

/** Frees of addresses that are not blocks. */
final class AddressBugs {
  private static final String NONE = Kind.NOT_A_BLOCK.name();

  private AddressBugs() {}

  static List<Bug> all() {
    return List.of(
        Bug.of("address-8-inside", NONE, () -> inside(64, 8)),
        Bug.of("address-16-inside", NONE, () -> inside(64, 16)),
        Bug.of("address-past-end", NONE, () -> inside(64, 64)),
        Bug.of("address-inside-a-large-block", NONE, () -> inside(100_000, 4096)),
        Bug.of("address-odd", NONE, () -> inside(64, 1)),
        Bug.of("address-of-nothing", NONE, () -> Heap.deallocate(0x123450000L, 64, 8)),
        Bug.of("address-of-a-function", NONE, () -> Heap.deallocate(Raw.function(), 64, 1)),
        Bug.of("address-in-a-buffer", NONE, AddressBugs::buffer),
        Bug.of("address-in-an-arena", NONE, AddressBugs::arena),
        Bug.of("address-in-a-file", NONE, AddressBugs::file),
        Bug.of("block-of-a-private-heap", NONE, AddressBugs::ofPrivate),
        Bug.of(
            "block-of-c-to-a-private-heap",
            NONE,
            () -> Heap.deallocate(Raw.malloc(64), 64, 8),
            "-Donemalloc.heap=private:jemalloc"));
  }

  private static void inside(long size, long offset) {
    long block = Heap.allocate(size, 16);
    Heap.deallocate(block + offset, size, 1);
    Heap.deallocate(block, size, 16);
  }

  private static void buffer() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    Heap.deallocate(MemorySegment.ofBuffer(buffer).address() + 64, 64, 8);
  }

  private static void arena() {
    try (Arena arena = Arena.ofConfined()) {
      Heap.deallocate(arena.allocate(1000).address() + 128, 64, 8);
    }
  }

  private static void file() throws IOException {
    Path file = Files.createTempFile("onemalloc", ".mapped");
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192, arena);
      Heap.deallocate(mapped.address() + 64, 64, 8);
    }
  }

  private static void ofPrivate() {
    Heap.deallocate(JEmalloc.nje_malloc(64), 64, 8);
  }
}
