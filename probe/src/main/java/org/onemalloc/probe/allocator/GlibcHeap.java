package org.onemalloc.probe.allocator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.OwnMemory;

/**
 * What glibc's own heap holds in this process. libc's symbols are stripped, so its structures are
 * found by their shape, as the module {@code inspect} finds them from outside (GlibcArenas,
 * GlibcMappings, which have the layouts and their versions). A shape that is not recognised is
 * unknown, which is not zero.
 */
public final class GlibcHeap {
  /**
   * An arena.
   *
   * @param address its malloc_state
   * @param top the address of its top chunk, the free memory at the end of its last heap
   * @param bytes what it has from the kernel
   */
  record Arena(long address, long top, long bytes) {}

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
  private final List<Arena> arenas = new ArrayList<>();
  private OptionalLong arenaBytes = OptionalLong.of(0);
  private OptionalLong mappedBytes = OptionalLong.of(0);
  private boolean isThere;

  private GlibcHeap(List<Mapping> mappings, OwnMemory memory) {
    this.mappings = mappings;
    this.memory = memory;
  }

  /**
   * Reads the heap of every copy of libc in this process.
   *
   * @param mappings the mappings of the process
   * @param memory its memory
   * @return the heap; never throws
   */
  public static GlibcHeap of(List<Mapping> mappings, OwnMemory memory) {
    GlibcHeap heap = new GlibcHeap(mappings, memory);
    heap.copiesOfLibc().forEach(heap::add);
    return heap;
  }

  /**
   * Returns the bytes that it has from the kernel, in use or free.
   *
   * @return the bytes; empty if they are unknown, or there is no libc
   */
  public OptionalLong heldBytes() {
    return isThere && arenaBytes.isPresent() && mappedBytes.isPresent()
        ? OptionalLong.of(arenaBytes.getAsLong() + mappedBytes.getAsLong())
        : OptionalLong.empty();
  }

  /** Returns the bytes of blocks with a mapping of their own; empty if they are unknown. */
  OptionalLong mappedBytes() {
    return mappedBytes;
  }

  /** Returns the arenas of which something is known. */
  List<Arena> arenas() {
    return List.copyOf(arenas);
  }

  /** Returns the writable data of each copy of libc, which has the structures that are read. */
  private List<List<Mapping>> copiesOfLibc() {
    List<List<Mapping>> copies = new ArrayList<>();
    long end = 0;
    for (Mapping mapping : mappings) {
      if (mapping.isWritable() && isLibc(mapping.file())) {
        if (mapping.start() != end) {
          copies.add(new ArrayList<>());
        }
        copies.get(copies.size() - 1).add(mapping);
        end = mapping.end();
      }
    }
    return copies;
  }

  /** Returns whether a file is glibc's C library, by its name: libc.so.6, or libc-2.28.so. */
  static boolean isLibc(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1).replace(" (deleted)", "");
    return name.equals("libc.so.6") || name.matches("libc-2\\.[0-9]+\\.so");
  }

  private void add(List<Mapping> copy) {
    isThere = true;
    Optional<List<Arena>> found = Optional.empty();
    List<Long> mapped = new ArrayList<>();
    try {
      for (Mapping mapping : copy) {
        long length = Math.min(mapping.end() - mapping.start(), MOST_BYTES);
        ByteBuffer words = memory.read(mapping.start(), length);
        found = found.isPresent() ? found : arenas(words, mapping.start());
        mapped(words, mapped);
      }
    } catch (IOException e) {
      found = Optional.empty();
    }
    arenas.addAll(found.orElse(List.of()));
    arenaBytes =
        found.isPresent()
            ? plus(arenaBytes, found.get().stream().mapToLong(Arena::bytes).sum())
            : OptionalLong.empty();
    mappedBytes = mapped.size() == 1 ? plus(mappedBytes, mapped.get(0)) : OptionalLong.empty();
  }

  private static OptionalLong plus(OptionalLong sum, long bytes) {
    return sum.isPresent() ? OptionalLong.of(sum.getAsLong() + bytes) : sum;
  }

  private Optional<List<Arena>> arenas(ByteBuffer words, long start) {
    int last = words.limit() - BINS * BIN_BYTES - BINMAP_BYTES - RING_BYTES;
    for (int at = 0; at <= last; at += Long.BYTES) {
      if (isUnused(words, at, start)) {
        return Optional.of(List.of());
      }
      if (looksLikeBins(words, at, start + at)) {
        for (int offset : BINS_OFFSETS) {
          Optional<List<Arena>> ring = ring(start + at - offset, offset);
          if (ring.isPresent()) {
            return ring;
          }
        }
      }
    }
    return Optional.empty();
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
  private Optional<List<Arena>> ring(long main, int binsOffset) {
    Set<Long> seen = new HashSet<>();
    List<Arena> ring = new ArrayList<>();
    long arena = main;
    try {
      while (seen.size() < MOST_ARENAS && seen.add(arena)) {
        long top = memory.word(arena + binsOffset - 2 * Long.BYTES); // before last_remainder
        ByteBuffer links =
            memory.read(arena + binsOffset + BINS * BIN_BYTES + BINMAP_BYTES, RING_BYTES);
        ring.add(new Arena(arena, top, links.getLong(3 * Long.BYTES)));
        arena = links.getLong(0);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return arena == main ? Optional.of(ring) : Optional.empty();
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
