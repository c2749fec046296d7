/* Lua's one allocating function, which is told the old size by Lua itself. */
#include <stddef.h>
#include <stdlib.h>
#ifndef PLAIN
#include "onemalloc.h"
#else
#define onemalloc_allocate(size, alignment) malloc(size)
#define onemalloc_deallocate(block, size, alignment) free(block)
#define onemalloc_reallocate(block, old_size, new_size, alignment) realloc(block, new_size)
#endif

void *l_alloc_seam(void *nothing, void *block, size_t old_size, size_t new_size) {
  (void)nothing;
  (void)old_size;
  if (block == NULL) {
    return new_size == 0 ? NULL : onemalloc_allocate(new_size, 8);
  }
  if (new_size == 0) {
    onemalloc_deallocate(block, old_size, 8);
    return NULL;
  }
#ifdef COPY
  extern void *memcpy(void *, const void *, size_t);
  void *copy = onemalloc_allocate(new_size, 8);
  if (copy != NULL) {
    memcpy(copy, block, old_size < new_size ? old_size : new_size);
    onemalloc_deallocate(block, old_size, 8);
  }
  return copy;
#else
  return onemalloc_reallocate(block, old_size, new_size, 8);
#endif
}
