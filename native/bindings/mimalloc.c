/* The direct binding to mimalloc, for an executable that is linked with it. mimalloc's free does not use the size. */
#include "direct.h"

/* The mimalloc that onemalloc ships has names of its own: see MallocFamily.mimallocOwnNames. */
#ifndef MIMALLOC_PREFIX
#define MIMALLOC_PREFIX ""
#endif

extern void *mi_malloc_aligned(size_t, size_t) __asm__(MIMALLOC_PREFIX "mi_malloc_aligned");
extern void *mi_zalloc_aligned(size_t, size_t) __asm__(MIMALLOC_PREFIX "mi_zalloc_aligned");
extern void *mi_realloc_aligned(void *, size_t, size_t) __asm__(MIMALLOC_PREFIX "mi_realloc_aligned");
extern void *mi_expand(void *, size_t) __asm__(MIMALLOC_PREFIX "mi_expand");
extern size_t mi_usable_size(const void *) __asm__(MIMALLOC_PREFIX "mi_usable_size");
extern size_t mi_good_size(size_t) __asm__(MIMALLOC_PREFIX "mi_good_size");

static const void *const functions[] = {mi_malloc_aligned, mi_zalloc_aligned, mi_realloc_aligned,
                                        mi_expand,         mi_usable_size,    mi_good_size,
                                        NULL};
static sized_free *const own_sized_free = NULL;
static const struct extended own_calls = {
    "mimalloc", "mi_malloc_aligned, mi_zalloc_aligned, mi_realloc_aligned, mi_expand, mi_good_size", functions};

static RARE void *allocate_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return is_legal(size, alignment) ? sentinel(alignment) : NULL;
  }
  return is_own() ? mi_malloc_aligned(size, alignment) : aligned_block(posix_memalign, size, alignment);
}

static RARE void *allocate_zeroed_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return allocate_aligned(size, alignment);
  }
  return is_own() ? mi_zalloc_aligned(size, alignment) : zeroed(aligned_block(posix_memalign, size, alignment), size);
}

static RARE void *reallocate_aligned(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (!is_legal(new_size, alignment)) {
    return NULL;
  }
  if (old_size == 0 || new_size == 0) {
    return reallocated_empty(block, old_size, new_size, alignment);
  }
  return is_own() ? mi_realloc_aligned(block, new_size, alignment) : moved(block, old_size, new_size, alignment);
}

SEAM size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment) {
  return old_size == 0 || new_size == 0 || !is_legal(new_size, alignment) || !is_own()
             ? old_size
             : expanded(mi_expand, mi_usable_size(block), block, old_size, new_size);
}

SEAM void onemalloc_deallocate(void *block, size_t size, size_t alignment) {
  (void)alignment;
  if (LIKELY(size != 0)) {
    free(block);
  }
}

SEAM size_t onemalloc_usable_size(size_t size, size_t alignment) {
  return size != 0 && is_plain(size, alignment) && is_own() ? good_size(mi_good_size, size) : size;
}

SEAM void onemalloc_statistics(struct onemalloc_statistics *statistics) {
  memset(statistics, 0, sizeof *statistics);
  statistics->binding = "direct";
  describe(statistics);
}
