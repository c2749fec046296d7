/*
 * Rust's four allocation functions, preloaded before the libstd of a dynamically linked rustc, where they are dynamic
 * symbols that the compiler and libstd call: Rust's allocations and nothing of LLVM's, libstdc++'s or libc's.
 */
#include "heap.h"

static inline int plain(size_t size, size_t alignment) { return alignment <= 16 && alignment <= size; }

SHOWN void *__rust_alloc(size_t size, size_t alignment) {
  if (plain(size, alignment)) {
    return heap_allocate(size);
  }
#if WAY == SEAM
  return onemalloc_allocate(size, alignment);
#elif WAY == LIBC
  return NOTE_ALLOCATED(__libc_memalign(alignment < 8 ? 8 : alignment, size), size);
#else
  void *block;
  return posix_memalign(&block, alignment < 8 ? 8 : alignment, size) == 0 ? NOTE_ALLOCATED(block, size) : NULL;
#endif
}

SHOWN void *__rust_alloc_zeroed(size_t size, size_t alignment) {
#if WAY == SEAM
  return onemalloc_allocate_zeroed(size, alignment);
#else
  if (plain(size, alignment)) {
    return NOTE_ALLOCATED(calloc(1, size), size);
  }
  void *block = __rust_alloc(size, alignment);
  return block == NULL ? NULL : memset(block, 0, size);
#endif
}

SHOWN void __rust_dealloc(void *block, size_t size, size_t alignment) {
  /* A block of a larger alignment may be of another class than its size says: it is freed without. */
#if WAY == SEAM
  onemalloc_deallocate(block, size, alignment);
#else
  heap_free(block, plain(size, alignment) ? size : UNKNOWN_SIZE);
#endif
}

SHOWN void *__rust_realloc(void *block, size_t old_size, size_t alignment, size_t new_size) {
#if WAY == SEAM
  return onemalloc_reallocate(block, old_size, new_size, alignment);
#else
  if (plain(old_size, alignment) && plain(new_size, alignment)) {
    return heap_grown(block, old_size, new_size);
  }
  void *copy = __rust_alloc(new_size, alignment);
  if (copy != NULL) {
    memcpy(copy, block, old_size < new_size ? old_size : new_size);
    __rust_dealloc(block, old_size, alignment);
  }
  return copy;
#endif
}
