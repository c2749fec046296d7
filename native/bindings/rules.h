/* What every binding does alike: the rules of the contract, and the polyfill. */
#ifndef ONEMALLOC_RULES_H
#define ONEMALLOC_RULES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "onemalloc.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Protected: another object of the process can bind to the functions, and a call from the same object still goes
 * straight to them, not through the PLT (gABI, "Symbol Visibility").
 */
#define SEAM __attribute__((visibility("protected")))
#define RARE __attribute__((noinline, cold))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* What malloc is aligned to if the size is at least as large: two words on every 64-bit psABI, glibc's rule on all. */
enum { MALLOC_ALIGNMENT = 2 * sizeof(void *) };

/* A bit for each power of two up to 16. */
#define SMALL_POWERS (1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16)

/*
 * Whether plain malloc serves. The size matters too: allocators align small blocks to less, because no object of that
 * size needs more. False for size 0, and for an alignment that is not a power of two.
 */
static inline bool is_plain(size_t size, size_t alignment) {
  return LIKELY(alignment <= MALLOC_ALIGNMENT) && LIKELY(SMALL_POWERS >> alignment & 1) && LIKELY(alignment <= size);
}

static inline bool is_legal(size_t size, size_t alignment) {
  return alignment != 0 && (alignment & (alignment - 1)) == 0 && size <= PTRDIFF_MAX - (alignment - 1);
}

/* What stands for a block of size 0. */
static inline void *sentinel(size_t alignment) { return (void *)alignment; }

/* jemalloc's flags of a block, the same on both sides of its life; MALLOCX_LG_ALIGN(la) is la itself (jemalloc(3)). */
static inline int mallocx_flags(size_t size, size_t alignment) {
  return is_plain(size, alignment) ? 0 : __builtin_ctzll(alignment);
}

#define MALLOCX_ZERO 0x40

/*
 * Up to so many bytes jemalloc's sized free is quicker than free; above, it takes a slow path and is 1.25 times as
 * slow (je_sdallocx in jemalloc.c: the fast path is for flags 0 and sizes of its look-up table, SC_LOOKUP_MAXCLASS).
 */
enum { SIZED_FREE_MAX = 4096 };

/* An aligned block of any provider's posix_memalign, which wants a multiple of the size of a pointer. */
static inline void *aligned_block(int (*posix_memalign_)(void **, size_t, size_t), size_t size, size_t alignment) {
  void *block = NULL;
  size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;
  return posix_memalign_(&block, least, size) == 0 ? block : NULL;
}

static inline void *zeroed(void *block, size_t size) { return block == NULL ? NULL : memset(block, 0, size); }

/* Reallocates without realloc, which knows no alignment. */
static inline void *moved(void *block, size_t old_size, size_t new_size, size_t alignment) {
  void *copy = onemalloc_allocate(new_size, alignment);
  if (copy != NULL) {
    memcpy(copy, block, old_size < new_size ? old_size : new_size);
    onemalloc_deallocate(block, old_size, alignment);
  }
  return copy;
}

/* Reallocates from or to size 0. */
static inline void *reallocated_empty(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (new_size != 0) {
    return onemalloc_allocate(new_size, alignment);
  }
  onemalloc_deallocate(block, old_size, alignment);
  return sentinel(alignment);
}

/* mi_expand succeeds if the block is large enough already, and never gives anything back. */
static inline size_t expanded(void *(*expand)(void *, size_t), size_t usable, void *block, size_t old_size,
                              size_t new_size) {
  return new_size <= usable && expand(block, new_size) == NULL ? old_size : usable;
}

/* Null where there is no loader to ask, as in a static executable. */
extern __typeof(dladdr) dladdr __attribute__((weak));

/* The file that defines a function; "" where nobody can say. */
static inline const char *file_of(const void *function) {
  Dl_info info;
  return dladdr != NULL && dladdr(function, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "";
}

/* Fills in what jemalloc counts, if it was built to count. */
static inline void jemalloc_counts(int (*control)(const char *, void *, size_t *, void *, size_t),
                                   struct onemalloc_statistics *statistics) {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  control("epoch", &epoch, &size, &epoch, size);
  size = sizeof(size_t);
  control("stats.allocated", &statistics->allocated, &size, NULL, 0);
  control("stats.resident", &statistics->held, &size, NULL, 0);
}

#endif
