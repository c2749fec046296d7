package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The arenas of one copy of glibc in another process.
 *
 * @param count the number of arenas; 0 if malloc was never called
 * @param bytes the memory that they have from the kernel
 */
record GlibcArenas(int count, long bytes) {
  /*
   * The main arena is found by its shape. malloc/malloc.c has
   *
   *   struct malloc_state { ...; mchunkptr top; mchunkptr last_remainder;
   *     mchunkptr bins[NBINS * 2 - 2]; unsigned int binmap[BINMAPSIZE];
   *     struct malloc_state *next; struct malloc_state *next_free;
   *     INTERNAL_SIZE_T attached_threads; INTERNAL_SIZE_T system_mem; ... };
   *
   * An empty bin holds its own address minus 16, twice; malloc_init_state initialises all 127 so.
   * Later some bins point to chunks; none is ever zero. So the array is at the place where each of
   * 127 consecutive pairs is either an empty bin or two other aligned pointers, with at least one
   * empty. After it comes the ring of arenas, which must lead back to its start: no other data
   * passes both tests.
   *
   * Before the first malloc the arena is as the compiler initialised it: zero except for `next`,
   * which holds the arena's own address, and attached_threads, which is 1. Only an arena in one of
   * these two states is accepted. If there is none, this libc has another layout, or the loader has
   * not relocated libc yet: the result is unknown.
   */
  private static final int BINS = 127;

  private static final int BIN_BYTES = 16;
  private static final int BINMAP_BYTES = 16;
  private static final int RING_BYTES = 4 * Long.BYTES;

  /**
   * Bytes from an arena's start to its bins: from glibc 2.26 to 2.42, before (no have_fastchunks),
   * and since 2.43 (no fast bins).
   */
  private static final int[] BINS_OFFSETS = {112, 104, 24};

  /** The most arenas that are followed. */
  static final int MOST = 4096;

  private static final GlibcArenas UNUSED = new GlibcArenas(0, 0);

  /** Finds the arenas; empty if they are not recognised, so that nothing is known of them. */
  static Optional<GlibcArenas> in(Memory memory, List<GlibcHeap.Data> data) {
    return data.stream().flatMap(each -> in(memory, each).stream()).findFirst();
  }

  private static Optional<GlibcArenas> in(Memory memory, GlibcHeap.Data data) {
    ByteBuffer words = data.words();
    int last = words.limit() - BINS * BIN_BYTES - BINMAP_BYTES - RING_BYTES;
    for (int at = 0; at <= last; at += Long.BYTES) {
      if (looksLikeBins(words, at, data.start() + at)) {
        Optional<GlibcArenas> found = ring(memory, data.start() + at);
        if (found.isPresent()) {
          return found;
        }
      } else if (isUnused(words, at, data.start())) {
        return Optional.of(UNUSED);
      }
    }
    return Optional.empty();
  }

  /** Returns whether an arena that was never used has its bins at {@code at}. */
  private static boolean isUnused(ByteBuffer words, int at, long start) {
    int next = at + BINS * BIN_BYTES + BINMAP_BYTES;
    for (int offset : BINS_OFFSETS) {
      if (at >= offset
          && words.getLong(next) == start + at - offset
          && words.getLong(next + Long.BYTES) == 0
          && words.getLong(next + 2 * Long.BYTES) == 1
          && words.getLong(next + 3 * Long.BYTES) == 0
          && isZero(words, at - offset, next)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isZero(ByteBuffer words, int from, int to) {
    for (int at = from; at < to; at += Long.BYTES) {
      if (words.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean looksLikeBins(ByteBuffer words, int at, long address) {
    int empty = 0;
    for (int bin = 0; bin < BINS; bin++) {
      int place = at + bin * BIN_BYTES;
      long forward = words.getLong(place);
      long backward = words.getLong(place + Long.BYTES);
      long itself = address + (long) bin * BIN_BYTES - 16;
      if (forward == itself && backward == itself) {
        empty++;
      } else if (!isChunk(forward) || !isChunk(backward)) {
        return false;
      }
    }
    return empty > 0;
  }

  private static boolean isChunk(long pointer) {
    return pointer > 0x1000 && (pointer & 15) == 0;
  }

  private static Optional<GlibcArenas> ring(Memory memory, long bins) {
    for (int offset : BINS_OFFSETS) {
      Optional<GlibcArenas> found = ring(memory, bins - offset, offset);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<GlibcArenas> ring(Memory memory, long main, int binsOffset) {
    Set<Long> arenas = new HashSet<>();
    long held = 0;
    long arena = main;
    try {
      while (arenas.size() < MOST && arenas.add(arena)) {
        long links = arena + binsOffset + BINS * BIN_BYTES + BINMAP_BYTES;
        ByteBuffer ring = memory.read(links, RING_BYTES);
        held += ring.getLong(3 * Long.BYTES);
        arena = ring.getLong(0);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return arena == main ? Optional.of(new GlibcArenas(arenas.size(), held)) : Optional.empty();
  }
}
