package org.onemalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Random sequences on arenas against a shadow: zeroed, aligned, apart, and kept. */
final class ArenaModel {
  private record Piece(MemorySegment segment, byte value) {}

  private ArenaModel() {}

  static void run(Supplier<? extends Arena> source, int arenas, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < arenas; i++) {
      try (Arena arena = source.get()) {
        fill(arena, random);
      }
    }
  }

  private static void fill(Arena arena, SplittableRandom random) {
    List<Piece> pieces = new ArrayList<>();
    TreeMap<Long, Long> ends = new TreeMap<>();
    int count = random.nextInt(1, 400);
    for (int i = 0; i < count; i++) {
      int bits = random.nextInt(random.nextInt(40) == 0 ? 18 : 9);
      long size = random.nextInt(50) == 0 ? 0 : random.nextLong(1L << bits, 2L << bits);
      long alignment = 1L << random.nextInt(random.nextInt(20) == 0 ? 14 : 6);
      MemorySegment segment = arena.allocate(size, alignment);
      assertEquals(size, segment.byteSize());
      assertEquals(0, segment.address() % alignment);
      for (long at = 0; at < size; at++) {
        assertEquals(0, segment.get(JAVA_BYTE, at), "zeroed");
      }
      Map.Entry<Long, Long> below = ends.lowerEntry(segment.address() + Math.max(size, 1));
      assertTrue(below == null || below.getValue() <= segment.address(), "overlap");
      ends.put(segment.address(), segment.address() + Math.max(size, 1));
      byte value = (byte) random.nextInt();
      segment.fill(value);
      pieces.add(new Piece(segment, value));
    }
    for (Piece piece : pieces) {
      for (byte b : piece.segment.toArray(JAVA_BYTE)) {
        assertEquals(piece.value, b, "kept");
      }
    }
  }
}
