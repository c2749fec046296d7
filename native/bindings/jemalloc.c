/*
 * The direct binding to jemalloc, for an executable that carries it or is linked with it. Plain calls go to malloc and
 * realloc, which do the same as mallocx and rallocx with flags 0, and are faster.
 */
#include "direct.h"

extern void *mallocx(size_t, int);
extern void *rallocx(void *, size_t, int);
extern size_t xallocx(void *, size_t, size_t, int);
extern void sdallocx(void *, size_t, int);
extern size_t nallocx(size_t, int);
extern int mallctl(const char *, void *, size_t *, void *, size_t);

static const void *const functions[] = {mallocx, rallocx, xallocx, sdallocx, nallocx, mallctl, NULL};
static sized_free *const own_sized_free = sdallocx;
static const struct extended own_calls = {"jemalloc", "mallocx, rallocx, xallocx, sdallocx, nallocx", functions};

static RARE void *allocate_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return is_legal(size, alignment) ? sentinel(alignment) : NULL;
  }
  return is_own() ? mallocx(size, mallocx_flags(size, alignment)) : aligned_block(posix_memalign, size, alignment);
}

static RARE void *allocate_zeroed_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return allocate_aligned(size, alignment);
  }
  return is_own() ? mallocx(size, mallocx_flags(size, alignment) | MALLOCX_ZERO)
                  : zeroed(aligned_block(posix_memalign, size, alignment), size);
}

static RARE void *reallocate_aligned(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (!is_legal(new_size, alignment)) {
    return NULL;
  }
  if (old_size == 0 || new_size == 0) {
    return reallocated_empty(block, old_size, new_size, alignment);
  }
  return is_own() ? rallocx(block, new_size, mallocx_flags(new_size, alignment))
                  : moved(block, old_size, new_size, alignment);
}

SEAM size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment) {
  return old_size == 0 || new_size == 0 || !is_legal(new_size, alignment) || !is_own()
             ? old_size
             : xallocx(block, new_size, 0, mallocx_flags(new_size, alignment));
}

SEAM void onemalloc_deallocate(void *block, size_t size, size_t alignment) {
  sized_free *sized = sized_free_here();
  if (sized != NULL && is_plain(size, alignment) && LIKELY(size <= SIZED_FREE_MAX)) {
    sized(block, size, 0);
  } else if (size != 0) {
    free(block);
  }
}

SEAM size_t onemalloc_usable_size(size_t size, size_t alignment) {
  return size == 0 || !is_own() ? size : nallocx(size, mallocx_flags(size, alignment));
}

SEAM void onemalloc_statistics(struct onemalloc_statistics *statistics) {
  memset(statistics, 0, sizeof *statistics);
  statistics->binding = "direct";
  describe(statistics);
  if (is_own()) {
    jemalloc_counts(mallctl, statistics);
  }
}
