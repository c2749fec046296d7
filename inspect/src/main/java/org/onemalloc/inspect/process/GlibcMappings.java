package org.onemalloc.inspect.process;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The blocks with a mapping of their own, of one copy of glibc in another process. */
final class GlibcMappings {
  /*
   * They are counted in
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
   */

  /** DEFAULT_MMAP_MAX in malloc/malloc.c. */
  private static final int MAPPINGS_ALLOWED = 65536;

  /** From n_mmaps to max_mmapped_mem, with room for alignment. */
  private static final int PARAMETER_BYTES = 5 * Long.BYTES;

  private static final int PARAMETERS_BEFORE = 8 * Long.BYTES;

  /** HEAP_MAX_SIZE / 2, the maximum that mallopt(3) accepts for M_MMAP_THRESHOLD. */
  private static final long MOST_MAP_THRESHOLD = 32 << 20;

  /**
   * MALLOC_ALIGNMENT, and the least size of a chunk is twice that. The sum need not be whole pages,
   * nor zero where no block is left: in 2.43 each mremap of a block adds 16 bytes that its free
   * does not subtract.
   */
  private static final long ALIGNMENT = 16;

  private GlibcMappings() {}

  /** Returns the bytes of the mapped blocks; empty if not exactly one place fits. */
  static OptionalLong bytes(List<GlibcHeap.Data> data) {
    List<Long> found = new ArrayList<>();
    for (GlibcHeap.Data each : data) {
      ByteBuffer words = each.words();
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
    return bytes % ALIGNMENT == 0
        && bytes >= 2 * ALIGNMENT * mappings
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
        && words.getLong(arenaTest) <= GlibcArenas.MOST
        && mapThreshold > 0
        && mapThreshold <= MOST_MAP_THRESHOLD;
  }
}
