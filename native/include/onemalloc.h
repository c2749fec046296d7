/*
 * onemalloc.h: the seam. A library allocates through these functions and does not choose the allocator.
 *
 * They stay undefined until a final artifact is made. Its kind decides what they become (onemalloc link --kind):
 * the allocator chosen for an executable, the host's malloc in a shared or static library.
 *
 * The contract:
 *
 * - Sizes and alignments are in bytes; alignment is a power of two; negative or overflowing values are refused
 *   before anything happens (here: the result is NULL).
 * - Size 0 is allowed: a non-null sentinel aligned as asked, never passed to the allocator; freeing it with size 0
 *   does nothing; growing it allocates; shrinking to 0 frees.
 * - Free takes the size and alignment: any value from the size last asked for up to the usable size, and the
 *   alignment it was allocated with. One function computes the backend's flags from (alignment, size) on both sides.
 * - Plain malloc serves only when alignment <= the platform's malloc alignment and alignment <= size; else
 *   posix_memalign.
 * - Reallocate keeps the alignment; on failure the old block is untouched and still owned. Over-aligned polyfill:
 *   allocate, check, copy the smaller size, free.
 * - Resize in place says the usable size afterwards; grown iff that is >= the size asked. After a failed resize the
 *   old range still holds.
 * - Out of memory is NULL.
 * - All functions of a binding come from one provider, checked; on any doubt the polyfill over plain malloc is used,
 *   and the binding says so (onemalloc_statistics).
 * - Every block handed out while bound to the process heap can be given to C's free, and a block from C can be freed
 *   through the seam with its usable size.
 *
 * Every function may be called from any thread, before main, and after fork wherever malloc may.
 */
#ifndef ONEMALLOC_H
#define ONEMALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocates a block of undefined contents. Returns NULL if there is none. */
void *onemalloc_allocate(size_t size, size_t alignment);

/* Allocates a block of zeros. Returns NULL if there is none. */
void *onemalloc_allocate_zeroed(size_t size, size_t alignment);

/*
 * Changes the size of a block, moving it where necessary. The contents are kept up to the smaller size. Returns the
 * block, and the old pointer is dead even if equal; or NULL, and the old block is untouched.
 */
void *onemalloc_reallocate(void *block, size_t old_size, size_t new_size, size_t alignment);

/*
 * Tries to change the size of a block without moving it, and returns its usable size now. Growing took place if and
 * only if that is at least new_size; shrinking if and only if it is less than old_size.
 */
size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment);

/* Frees a block. It is not NULL; with size 0 nothing happens. */
void onemalloc_deallocate(void *block, size_t size, size_t alignment);

/* How many bytes any block allocated with this size and alignment may use; at least size. Allocates nothing. */
size_t onemalloc_usable_size(size_t size, size_t alignment);

/* What the seam is bound to, and what the allocator counts. Texts live as long as the binding's object is loaded. */
struct onemalloc_statistics {
  const char *allocator; /* "jemalloc", "mimalloc", or "malloc" where it was not recognised or needs no name */
  const char *binding;   /* "host": whatever malloc means here; "direct": chosen by this executable */
  const char *provider;  /* the file that defines malloc; "" where nobody can say, as in a static executable */
  const char *extended;  /* one sentence: which extended calls are used, or why none is */
  size_t allocated;      /* bytes in live blocks; 0 if the allocator does not count them */
  size_t held;           /* bytes that the allocator holds of the system; 0 if it does not say */
};

/* Fills in the statistics. Allocates nothing. */
void onemalloc_statistics(struct onemalloc_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
