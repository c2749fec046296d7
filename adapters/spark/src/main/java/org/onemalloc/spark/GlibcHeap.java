package org.onemalloc.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What glibc's own heap holds in this process. libc's symbols are stripped, so its structures are
 * found by their shape, as the module {@code inspect} finds them from outside (GlibcArenas,
 * GlibcMappings, which have the layouts and their versions). A shape that is not recognised is
 * unknown, which is not zero.
 */
final class GlibcHeap {
  private static final int BINS = 127;
  private static final int BIN_BYTES = 16;
  private static final int BINMAP_BYTES = 16;
  private static final int RING_BYTES = 4 * Long.BYTES;

  /** From an arena's start to its bins: glibc 2.26 to 2.42, before, and since 2.43. */
  private static final int[] BINS_OFFSETS = {112, 104, 24};

  private static final int MOST_ARENAS = 4096;
  private static final int MOST_BYTES = 1 << 20;

  /** DEFAULT_MMAP_MAX, which is the value of n_mmaps_max. */
  private static final int MAPPINGS_ALLOWED = 65536;

  private static final int PARAMETER_BYTES = 5 * Long.BYTES;
  private static final int PARAMETERS_BEFORE = 8 * Long.BYTES;
  private static final long MOST_MAP_THRESHOLD = 32 << 20;

  private final OwnMemory memory;
  private final List<Mapping> mappings;

  GlibcHeap(List<Mapping> mappings, OwnMemory memory) {
    this.mappings = mappings;
    this.memory = memory;
  }

  /**
   * Returns the bytes that it has from the kernel, in use or free, in every copy of libc.
   *
   * @return the bytes; empty if they are unknown, or there is no libc
   */
  OptionalLong heldBytes() {
    List<List<Mapping>> copies = copiesOfLibc();
    long all = 0;
    for (List<Mapping> copy : copies) {
      OptionalLong held = held(copy);
      if (held.isEmpty()) {
        return held;
      }
      all += held.getAsLong();
    }
    return copies.isEmpty() ? OptionalLong.empty() : OptionalLong.of(all);
  }

  /** Returns the writable data of each copy of libc, with the zero-initialised part after it. */
  private List<List<Mapping>> copiesOfLibc() {
    List<List<Mapping>> copies = new ArrayList<>();
    boolean inside = false;
    long end = 0;
    for (Mapping mapping : mappings) {
      boolean follows = inside && mapping.start() == end;
      inside =
          mapping.isWritable() && (isLibc(mapping.file()) || (follows && mapping.file().isEmpty()));
      if (inside && !follows) {
        copies.add(new ArrayList<>());
      }
      if (inside) {
        copies.get(copies.size() - 1).add(mapping);
      }
      end = mapping.end();
    }
    return copies;
  }

  /** Returns whether a file is glibc's C library, by its name: libc.so.6, or libc-2.28.so. */
  static boolean isLibc(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1).replace(" (deleted)", "");
    return name.equals("libc.so.6") || name.matches("libc-2\\.[0-9]+\\.so");
  }

  private OptionalLong held(List<Mapping> copy) {
    OptionalLong arenas = OptionalLong.empty();
    List<Long> mapped = new ArrayList<>();
    try {
      for (Mapping mapping : copy) {
        long length = Math.min(mapping.end() - mapping.start(), MOST_BYTES);
        ByteBuffer words = memory.read(mapping.start(), length);
        arenas = arenas.isPresent() ? arenas : arenas(words, mapping.start());
        mapped(words, mapped);
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    return arenas.isPresent() && mapped.size() == 1
        ? OptionalLong.of(arenas.getAsLong() + mapped.get(0))
        : OptionalLong.empty();
  }

  private OptionalLong arenas(ByteBuffer words, long start) throws IOException {
    int last = words.limit() - BINS * BIN_BYTES - BINMAP_BYTES - RING_BYTES;
    for (int at = 0; at <= last; at += Long.BYTES) {
      if (isUnused(words, at, start)) {
        return OptionalLong.of(0);
      }
      if (looksLikeBins(words, at, start + at)) {
        for (int offset : BINS_OFFSETS) {
          OptionalLong held = ring(start + at - offset, offset);
          if (held.isPresent()) {
            return held;
          }
        }
      }
    }
    return OptionalLong.empty();
  }

  /** Returns whether an arena that was never used has its bins here. */
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

  /** Follows the ring of arenas, which must lead back to its start. */
  private OptionalLong ring(long main, int binsOffset) {
    Set<Long> seen = new HashSet<>();
    long held = 0;
    long arena = main;
    try {
      while (seen.size() < MOST_ARENAS && seen.add(arena)) {
        ByteBuffer ring =
            memory.read(arena + binsOffset + BINS * BIN_BYTES + BINMAP_BYTES, RING_BYTES);
        held += ring.getLong(3 * Long.BYTES);
        arena = ring.getLong(0);
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    return arena == main ? OptionalLong.of(held) : OptionalLong.empty();
  }

  /** Adds mmapped_mem at each place that fits; it is known if exactly one does. */
  private static void mapped(ByteBuffer words, List<Long> found) {
    int last = words.limit() - PARAMETER_BYTES;
    for (int at = PARAMETERS_BEFORE; at <= last; at += Integer.BYTES) {
      if (looksLikeParameters(words, at)) {
        found.add(words.getLong(mappedPlace(at)));
      }
    }
  }

  private static int mappedPlace(int at) {
    return (at + 4 * Integer.BYTES + Long.BYTES - 1) & -Long.BYTES;
  }

  private static boolean looksLikeParameters(ByteBuffer words, int at) {
    int count = words.getInt(at);
    int most = words.getInt(at + 2 * Integer.BYTES);
    int fixed = words.getInt(at + 3 * Integer.BYTES);
    long bytes = words.getLong(mappedPlace(at));
    return words.getInt(at + Integer.BYTES) == MAPPINGS_ALLOWED
        && count >= 0
        && count <= most
        && most <= MAPPINGS_ALLOWED
        && (fixed == 0 || fixed == 1)
        && bytes % 16 == 0
        && bytes >= 32L * count
        && bytes <= words.getLong(mappedPlace(at) + Long.BYTES)
        && looksLikeThresholds(words, at);
  }

  private static boolean looksLikeThresholds(ByteBuffer words, int at) {
    if (at % Long.BYTES == 0) {
      return looksLikeThresholdsAt(words, at - 2 * Long.BYTES);
    }
    int flags = at - Integer.BYTES;
    return looksLikeThresholdsAt(words, flags - 4 * Long.BYTES)
        || looksLikeThresholdsAt(words, flags - 5 * Long.BYTES);
  }

  private static boolean looksLikeThresholdsAt(ByteBuffer words, int arenaTest) {
    long threshold = words.getLong(arenaTest - Long.BYTES);
    return words.getLong(arenaTest) > 0
        && words.getLong(arenaTest) <= MOST_ARENAS
        && threshold > 0
        && threshold <= MOST_MAP_THRESHOLD;
  }
}
