/*
 * onemalloc.h: the seam. A library allocates through these functions and does not choose the allocator.
 *
 * The functions stay undefined until a final artifact is made. The kind of the artifact (onemalloc link --kind) decides
 * what they call: the chosen allocator in an executable, the host's malloc in a shared or static library.
 *
 * The contract:
 *
 * - Sizes and alignments are in bytes. An alignment is a power of two. Other alignments, and sizes that exceed
 *   PTRDIFF_MAX when rounded up to their alignment, are refused before anything happens: the result is NULL.
 * - Size 0 is legal: the result is a non-null sentinel, aligned as asked, which is never passed to the allocator.
 *   Freeing it with size 0 does nothing. Growing it allocates. Shrinking a block to 0 frees the block.
 * - Free takes any size from the size last requested up to the usable size, and the alignment that the block was
 *   allocated with. One function computes the allocator's flags from size and alignment, for allocation and for free.
 * - Plain malloc is used only if alignment <= the platform's malloc alignment and alignment <= size. Otherwise an
 *   extended call or posix_memalign is used.
 * - Reallocate keeps the alignment. If it fails, the old block is untouched and still owned by the caller. For larger
 *   alignments, the polyfill allocates, checks, copies the smaller size, and frees.
 * - Resize in place returns the usable size afterwards. The block has grown if and only if that is >= the requested
 *   size. After a failed resize, the old legal sizes still hold.
 * - If there is no memory, the result is NULL.
 * - All functions of a binding come from one provider, which is checked. In any doubt the polyfill over plain malloc is
 *   used, and onemalloc_statistics reports this.
 * - Every block that is allocated while the seam is bound to the process heap can be given to C's free, and a block
 *   from C can be freed through the seam with its usable size.
 *
 * Every function may be called from any thread, before main, and after fork if malloc may be called there.
 */
#ifndef ONEMALLOC_H
#define ONEMALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocates a block with undefined contents. Returns NULL if no block can be allocated. */
void *onemalloc_allocate(size_t size, size_t alignment);

/* Allocates a block of zeros. Returns NULL if no block can be allocated. */
void *onemalloc_allocate_zeroed(size_t size, size_t alignment);

/*
 * Changes the size of a block, moving it where necessary. The contents are kept up to the smaller size. Returns the
 * block; then the old pointer is dead, even if the result equals it. Returns NULL on failure; then the old block is
 * untouched.
 */
void *onemalloc_reallocate(void *block, size_t old_size, size_t new_size, size_t alignment);

/*
 * Tries to change the size of a block without moving it, and returns the usable size afterwards. Growing took place if
 * and only if the result is at least new_size; shrinking took place if and only if it is less than old_size.
 */
size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment);

/* Frees a block, which must not be NULL. With size 0 nothing happens. */
void onemalloc_deallocate(void *block, size_t size, size_t alignment);

/* Returns how many bytes of any block with this size and alignment may be used: at least size. Allocates nothing. */
size_t onemalloc_usable_size(size_t size, size_t alignment);

/* The binding of the seam, and the allocator's counters. The texts are valid while the binding's object is loaded. */
struct onemalloc_statistics {
  const char *allocator; /* "jemalloc", "mimalloc", or "malloc" if it is not recognised or needs no name */
  const char *binding;   /* "host": the malloc of the process; "direct": chosen by this executable */
  const char *provider;  /* the file that defines malloc; "" if it is unknown, as in a static executable */
  const char *extended;  /* one sentence: which extended calls are used, or why none is */
  size_t allocated;      /* bytes in live blocks; 0 if the allocator does not count them */
  size_t held;           /* bytes that the allocator holds from the system; 0 if it does not count them */
};

/* Fills in the statistics. Allocates nothing. */
void onemalloc_statistics(struct onemalloc_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
