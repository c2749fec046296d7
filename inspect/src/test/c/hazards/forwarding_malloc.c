/* The names of C in front of a prefixed jemalloc: what people preload when a build has a prefix. */
#include <stddef.h>

void *je_malloc(size_t);
void *je_calloc(size_t, size_t);
void *je_realloc(void *, size_t);
void *je_memalign(size_t, size_t);
void *je_aligned_alloc(size_t, size_t);
int je_posix_memalign(void **, size_t, size_t);
size_t je_malloc_usable_size(void *);
void je_free(void *);

void *malloc(size_t size) { return je_malloc(size); }
void *calloc(size_t count, size_t size) { return je_calloc(count, size); }
void *realloc(void *block, size_t size) { return je_realloc(block, size); }
void *memalign(size_t alignment, size_t size) { return je_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return je_aligned_alloc(alignment, size); }
int posix_memalign(void **block, size_t alignment, size_t size) {
  return je_posix_memalign(block, alignment, size);
}
size_t malloc_usable_size(void *block) { return je_malloc_usable_size(block); }
void free(void *block) { je_free(block); }
