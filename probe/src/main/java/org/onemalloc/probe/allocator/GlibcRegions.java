package org.onemalloc.probe.allocator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.OwnMemory;
import org.onemalloc.probe.process.Pages;
import org.onemalloc.probe.process.Range;

/**
 * Where glibc's own heap lies in this process, beside {@code [heap]}: the heaps of its arenas, and
 * the blocks with a mapping of their own. Each is believed only if its header is as malloc writes
 * it, so that what is not found is missing and nothing is taken for it. Not found: a mapped block
 * with an alignment beyond the page's, and the main arena where it cannot extend {@code [heap]}.
 */
public final class GlibcRegions {
  /*
   * malloc/arena.c: the heaps of an arena are aligned to HEAP_MAX_SIZE, which is twice
   * DEFAULT_MMAP_THRESHOLD_MAX (32 MiB on 64 bits), and begin with
   *
   *   struct heap_info { mstate ar_ptr; struct heap_info *prev; size_t size;
   *     size_t mprotect_size; ... };
   *
   * The last heap of an arena has its top chunk in it. With glibc.malloc.hugetlb=2 heaps are of
   * another size: their ar_ptr is not where it is looked for, and they are not found.
   *
   * malloc/malloc.c, sysmalloc_mmap: a block with a mapping of its own begins with prev_size, which
   * is 0, and its size in whole pages with the bit IS_MMAPPED. The kernel merges mappings of the
   * same protection, so that one can hold several blocks, and other memory before, between and
   * after them.
   */
  private static final long HEAP_MAX_SIZE = 64L << 20;

  private static final int HEAP_INFO_BYTES = 4 * Long.BYTES;
  private static final int MOST_HEAPS = 1 << 14;
  private static final long IS_MMAPPED = 2;
  private static final long FLAGS = 7;

  private final OwnMemory memory;

  /**
   * Reads this process.
   *
   * @param memory its memory
   */
  public GlibcRegions(OwnMemory memory) {
    this.memory = memory;
  }

  /**
   * Returns the heaps of all arenas but the main one, which has {@code [heap]}.
   *
   * @param heap the state of the heap
   * @return the parts of them that were ever made accessible
   */
  public List<Range> heaps(GlibcHeap heap) {
    List<Range> heaps = new ArrayList<>();
    for (GlibcHeap.Arena arena : heap.arenas()) {
      long at = arena.top() & -HEAP_MAX_SIZE;
      try {
        while (at != 0 && heaps.size() < MOST_HEAPS) {
          ByteBuffer info = memory.read(at, HEAP_INFO_BYTES);
          long accessible = info.getLong(3 * Long.BYTES);
          if (info.getLong(0) != arena.address() || accessible > HEAP_MAX_SIZE) {
            break; // the main arena, or another layout
          }
          heaps.add(new Range(at, at + accessible));
          at = info.getLong(Long.BYTES);
        }
      } catch (IOException e) {
        // The heap has just been unmapped: it is missing.
      }
    }
    return heaps;
  }

  /**
   * Returns the blocks with a mapping of their own.
   *
   * @param heap the state of the heap, which says how many bytes they have
   * @param candidates ranges of private, anonymous, readable and writable memory
   * @param pages which of them is present: a block has written its first page
   * @return the blocks, as far as they are found
   */
  public List<Range> blocks(GlibcHeap heap, List<Range> candidates, Pages pages) {
    List<Range> blocks = new ArrayList<>();
    long[] missing = {heap.mappedBytes().orElse(0)};
    for (Range candidate : candidates) {
      if (missing[0] <= 0) {
        break; // most processes have none, or few: their memory is not searched
      }
      try {
        blocks(candidate, pages, blocks, missing);
      } catch (IOException e) {
        // It has just been unmapped.
      }
    }
    return blocks;
  }

  private void blocks(Range candidate, Pages pages, List<Range> blocks, long[] missing)
      throws IOException {
    pages.visit(
        candidate,
        page -> {
          ByteBuffer header = memory.read(page, 2 * Long.BYTES);
          long size = header.getLong(Long.BYTES);
          long bytes = size & ~FLAGS;
          boolean isBlock =
              header.getLong(0) == 0
                  && (size & FLAGS) == IS_MMAPPED
                  && bytes > 0
                  && bytes % Pages.PAGE == 0
                  && bytes <= candidate.end() - page;
          if (isBlock) {
            blocks.add(new Range(page, page + bytes));
            missing[0] -= bytes;
          }
          long next = page + (isBlock ? bytes : Pages.PAGE);
          return missing[0] > 0 ? next : candidate.end();
        });
  }

  /**
   * Returns whether memory can hold blocks with a mapping of their own.
   *
   * @param mapping a mapping
   * @return whether it is private, anonymous, readable and writable
   */
  public static boolean canHoldBlocks(Mapping mapping) {
    return mapping.isAnonymous() && mapping.access().equals("rw-p");
  }
}
