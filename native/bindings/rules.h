/* The parts that all bindings share: the rules of the contract, and the polyfill. */
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
 * Protected: other objects of the process can bind to the functions, and a call from the same object still goes to them
 * directly, not through the PLT (gABI, "Symbol Visibility").
 */
#define SEAM __attribute__((visibility("protected")))
#define RARE __attribute__((noinline, cold))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* The alignment of malloc for sizes at least as large: two words on every 64-bit psABI, and glibc's rule on all. */
enum { MALLOC_ALIGNMENT = 2 * sizeof(void *) };

/* A bit for each power of two up to 16. */
#define SMALL_POWERS (1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16)

/*
 * Returns whether plain malloc can be used. The size matters too: allocators align small blocks to less, because no
 * object of that size needs more. The result is false for size 0, and for an alignment that is not a power of two.
 */
static inline bool is_plain(size_t size, size_t alignment) {
  return LIKELY(alignment <= MALLOC_ALIGNMENT) && LIKELY(SMALL_POWERS >> alignment & 1) && LIKELY(alignment <= size);
}

static inline bool is_legal(size_t size, size_t alignment) {
  return alignment != 0 && (alignment & (alignment - 1)) == 0 && size <= PTRDIFF_MAX - (alignment - 1);
}

/* Returns the address that stands for a block of size 0. */
static inline void *sentinel(size_t alignment) { return (void *)alignment; }

/*
 * Returns jemalloc's flags for a block, which are the same for allocation and free; MALLOCX_LG_ALIGN(la) is la itself
 * (jemalloc(3)).
 */
static inline int mallocx_flags(size_t size, size_t alignment) {
  return is_plain(size, alignment) ? 0 : __builtin_ctzll(alignment);
}

#define MALLOCX_ZERO 0x40

/*
 * The largest size, in bytes, for which jemalloc's sized free is faster than free. Above it, the sized free takes a
 * slow path and needs 1.25 times as long (je_sdallocx in jemalloc.c: the fast path is for flags 0 and sizes of its
 * look-up table, SC_LOOKUP_MAXCLASS).
 */
enum { SIZED_FREE_MAX = 4096 };

/* Allocates an aligned block by a provider's posix_memalign, whose alignment must be a multiple of the pointer size. */
static inline void *aligned_block(int (*posix_memalign_)(void **, size_t, size_t), size_t size, size_t alignment) {
  void *block = NULL;
  size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;
  return posix_memalign_(&block, least, size) == 0 ? block : NULL;
}

static inline void *zeroed(void *block, size_t size) { return block == NULL ? NULL : memset(block, 0, size); }

/* Reallocates without realloc, which takes no alignment. */
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

/* Resizes by mi_expand, which succeeds if the block is large enough already, and never gives memory back. */
static inline size_t expanded(void *(*expand)(void *, size_t), size_t usable, void *block, size_t old_size,
                              size_t new_size) {
  return new_size <= usable && expand(block, new_size) == NULL ? old_size : usable;
}

/* A build that pads its blocks includes the padding: 64 is then not a good size (mimalloc, MI_PADDING). */
static inline size_t good_size(size_t (*good)(size_t), size_t size) { return good(64) == 64 ? good(size) : size; }

/* Null if there is no loader to ask, as in a static executable. */
extern __typeof(dladdr) dladdr __attribute__((weak));

/* Returns the file that defines a function; "" if it is unknown. */
static inline const char *file_of(const void *function) {
  Dl_info info;
  return dladdr != NULL && dladdr(function, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "";
}

/* Fills in jemalloc's counters, if it was built with them. */
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
