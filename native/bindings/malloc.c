/*
 * The direct binding to an allocator that has only the C functions, or whose extended calls must not be used:
 * tcmalloc's realloc leaves a block that shrinks by less than half in its old size class, and a sized free with the new
 * size would put the block on the list of another class.
 */
#include "direct.h"

static const void *const functions[] = {NULL};
static sized_free *const own_sized_free = NULL;
static const struct extended own_calls = {"malloc", "none: this allocator has the C functions alone", functions};

static RARE void *allocate_aligned(size_t size, size_t alignment) {
  if (!is_legal(size, alignment)) {
    return NULL;
  }
  return size == 0 ? sentinel(alignment) : aligned_block(posix_memalign, size, alignment);
}

static RARE void *allocate_zeroed_aligned(size_t size, size_t alignment) {
  void *block = allocate_aligned(size, alignment);
  return size == 0 ? block : zeroed(block, size);
}

static RARE void *reallocate_aligned(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (!is_legal(new_size, alignment)) {
    return NULL;
  }
  return old_size == 0 || new_size == 0 ? reallocated_empty(block, old_size, new_size, alignment)
                                        : moved(block, old_size, new_size, alignment);
}

SEAM size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment) {
  (void)block;
  (void)new_size;
  (void)alignment;
  return old_size;
}

SEAM void onemalloc_deallocate(void *block, size_t size, size_t alignment) {
  (void)alignment;
  if (LIKELY(size != 0)) {
    free(block);
  }
}

SEAM size_t onemalloc_usable_size(size_t size, size_t alignment) {
  (void)alignment;
  return size;
}

SEAM void onemalloc_statistics(struct onemalloc_statistics *statistics) {
  memset(statistics, 0, sizeof *statistics);
  statistics->binding = "direct";
  describe(statistics);
}
