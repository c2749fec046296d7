package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * glibc's own heap in another process, read from its memory. If every allocation of a process goes
 * to another allocator, glibc's arenas are empty; otherwise memory escapes. Blocks above glibc's
 * mmap threshold (128 KiB at first) are outside the arenas and are counted separately.
 *
 * <p>Reading needs the right to trace the process (ptrace(2), "Ptrace access mode checking"); a
 * parent has it under every Yama setting but the two strictest. The process is not stopped, so the
 * figures may be taken at slightly different moments.
 *
 * @param arenas the number of arenas in use; 0 if malloc was never called, or if it is unknown
 * @param systemBytes memory that all arenas have from the kernel, in use or free; empty if no arena
 *     was recognised, so that the amount is unknown
 * @param mappedBytes memory of blocks with a mapping of their own, all in use ({@code hblkhd} of
 *     mallinfo2(3)); empty if it could not be found
 */
public record GlibcHeap(int arenas, OptionalLong systemBytes, OptionalLong mappedBytes) {
  /*
   * libc's symbols are stripped, so the main arena is found by its shape. malloc/malloc.c has
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
   *
   * Blocks with mappings of their own are counted in
   *
   *   struct malloc_par { unsigned long trim_threshold; size_t top_pad; size_t mmap_threshold;
   *     size_t arena_test; size_t arena_max;
   *     size_t thp_pagesize; size_t hp_pagesize; int hp_flags;   (since glibc 2.35; one word more
   *                                                               before them since 2.43)
   *     int n_mmaps; int n_mmaps_max; int max_n_mmaps; int no_dyn_threshold;
   *     size_t mmapped_mem; size_t max_mmapped_mem; ... };
   *
   * which is found by n_mmaps_max, 65536 unless mallopt changed it, and by the possible values of
   * its neighbours. The result is accepted only if exactly one place fits.
   *
   * Rejected: the symbol table (stripped), DWARF (not installed), "[heap]" in the maps (tcmalloc
   * uses brk itself; arenas of threads are not there), mallinfo2 through a debugger (stops the
   * process).
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

  private static final int MOST_ARENAS = 4096;

  /** DEFAULT_MMAP_MAX in malloc/malloc.c. */
  private static final int MAPPINGS_ALLOWED = 65536;

  /** From n_mmaps to max_mmapped_mem, with room for alignment. */
  private static final int PARAMETER_BYTES = 5 * Long.BYTES;

  private static final int PARAMETERS_BEFORE = 8 * Long.BYTES;

  /** HEAP_MAX_SIZE / 2, the maximum that mallopt(3) accepts for M_MMAP_THRESHOLD. */
  private static final long MOST_MAP_THRESHOLD = 32 << 20;

  private static final long SMALLEST_PAGE = 4096;

  /**
   * The most that is read: libc's data has some 70 KB, but a mapping that happens to follow it may
   * have gigabytes.
   */
  private static final long MOST_BYTES = 1 << 20;

  /**
   * Reads the state of glibc's heap in a process.
   *
   * @param pid a 64-bit process
   * @return the state; empty if the process has no shared glibc mapped
   * @throws IOException if the process has ended or may not be read
   */
  public static Optional<GlibcHeap> of(long pid) throws IOException {
    List<Mapping> data = dataOfLibc(Mapping.of(pid));
    if (data.isEmpty()) {
      return Optional.empty();
    }
    try (Memory memory = Memory.of(pid)) {
      return Optional.of(of(memory, data));
    }
  }

  private static GlibcHeap of(Memory memory, List<Mapping> data) throws IOException {
    OptionalLong mapped = mappedBytes(memory, data);
    for (Mapping mapping : data) {
      Optional<Arenas> found = search(memory, mapping);
      if (found.isPresent()) {
        return new GlibcHeap(found.get().count, OptionalLong.of(found.get().bytes), mapped);
      }
    }
    return new GlibcHeap(0, OptionalLong.empty(), mapped);
  }

  /** The number of arenas of a process, and their memory. */
  private record Arenas(int count, long bytes) {
    static final Arenas UNUSED = new Arenas(0, 0);
  }

  /** Returns the writable data of libc and the zero-initialised part after it. */
  private static List<Mapping> dataOfLibc(List<Mapping> mappings) {
    List<Mapping> data = new ArrayList<>();
    Mapping previous = new Mapping(0, 0, "", 0, "");
    for (Mapping mapping : mappings) {
      boolean rest =
          mapping.file().isEmpty() && mapping.start() == previous.end() && data.contains(previous);
      if (mapping.isWritable() && (rest || isLibc(mapping.file()))) {
        data.add(mapping);
      }
      previous = mapping;
    }
    return data;
  }

  /**
   * Returns whether a mapped file is glibc's C library by its name: {@code libc.so.6}, or {@code
   * libc-2.31.so} before glibc 2.34, where {@code libc.so.6} is a link.
   *
   * @param file as /proc/PID/maps names it
   * @return true if it is
   */
  public static boolean isLibc(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    return name.equals("libc.so.6")
        || name.equals("libc.so.6 (deleted)")
        || (name.startsWith("libc-2.") && name.contains(".so"));
  }

  private static OptionalLong mappedBytes(Memory memory, List<Mapping> data) throws IOException {
    List<Long> found = new ArrayList<>();
    for (Mapping mapping : data) {
      ByteBuffer words = read(memory, mapping);
      int last = words.limit() - PARAMETER_BYTES;
      for (int at = PARAMETERS_BEFORE; at <= last; at += Integer.BYTES) {
        if (looksLikeParameters(words, at)) {
          found.add(words.getLong(mappedPlace(at)));
        }
      }
    }
    return found.size() == 1 ? OptionalLong.of(found.getFirst()) : OptionalLong.empty();
  }

  /** Returns the place of mmapped_mem if n_mmaps is at {@code at}: after four ints, aligned. */
  private static int mappedPlace(int at) {
    return (at + 4 * Integer.BYTES + Long.BYTES - 1) & -Long.BYTES;
  }

  private static boolean looksLikeParameters(ByteBuffer words, int at) {
    int mappings = words.getInt(at);
    int mostMappings = words.getInt(at + 2 * Integer.BYTES);
    int fixedThreshold = words.getInt(at + 3 * Integer.BYTES);
    return words.getInt(at + Integer.BYTES) == MAPPINGS_ALLOWED
        && mappings >= 0
        && mappings <= mostMappings
        && mostMappings <= MAPPINGS_ALLOWED
        && (fixedThreshold == 0 || fixedThreshold == 1)
        && looksLikeSizes(words, mappedPlace(at), mappings)
        && looksLikeThresholds(words, at);
  }

  private static boolean looksLikeSizes(ByteBuffer words, int place, int mappings) {
    long bytes = words.getLong(place);
    return bytes % SMALLEST_PAGE == 0
        && bytes >= mappings * SMALLEST_PAGE
        && (bytes == 0) == (mappings == 0)
        && bytes <= words.getLong(place + Long.BYTES);
  }

  private static boolean looksLikeThresholds(ByteBuffer words, int at) {
    if (at % Long.BYTES == 0) {
      return looksLikeThresholdsAt(words, at - 2 * Long.BYTES);
    }
    // Since glibc 2.35 n_mmaps follows an int, and so is not aligned to eight bytes.
    int flags = at - Integer.BYTES;
    return looksLikeThresholdsAt(words, flags - 4 * Long.BYTES)
        || looksLikeThresholdsAt(words, flags - 5 * Long.BYTES);
  }

  private static boolean looksLikeThresholdsAt(ByteBuffer words, int arenaTest) {
    long mapThreshold = words.getLong(arenaTest - Long.BYTES);
    return words.getLong(arenaTest) > 0
        && words.getLong(arenaTest) <= MOST_ARENAS
        && mapThreshold > 0
        && mapThreshold <= MOST_MAP_THRESHOLD;
  }

  private static ByteBuffer read(Memory memory, Mapping mapping) throws IOException {
    return memory.read(mapping.start(), (int) Math.min(mapping.bytes(), MOST_BYTES));
  }

  private static Optional<Arenas> search(Memory memory, Mapping mapping) throws IOException {
    ByteBuffer words = read(memory, mapping);
    int last = words.limit() - BINS * BIN_BYTES - BINMAP_BYTES - RING_BYTES;
    for (int at = 0; at <= last; at += Long.BYTES) {
      if (looksLikeBins(words, at, mapping.start() + at)) {
        Optional<Arenas> found = ring(memory, mapping.start() + at);
        if (found.isPresent()) {
          return found;
        }
      } else if (isUnused(words, at, mapping.start())) {
        return Optional.of(Arenas.UNUSED);
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

  private static Optional<Arenas> ring(Memory memory, long bins) {
    for (int offset : BINS_OFFSETS) {
      Optional<Arenas> found = ring(memory, bins - offset, offset);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Arenas> ring(Memory memory, long main, int binsOffset) {
    Set<Long> arenas = new HashSet<>();
    long held = 0;
    long arena = main;
    try {
      while (arenas.size() < MOST_ARENAS && arenas.add(arena)) {
        long links = arena + binsOffset + BINS * BIN_BYTES + BINMAP_BYTES;
        ByteBuffer ring = memory.read(links, RING_BYTES);
        held += ring.getLong(3 * Long.BYTES);
        arena = ring.getLong(0);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return arena == main ? Optional.of(new Arenas(arenas.size(), held)) : Optional.empty();
  }
}
