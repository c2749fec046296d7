/* One way of calling the allocator: compiled once for each, with nothing else different. */
#include "onemalloc.h"

#include <stdlib.h>

enum { BATCH = 256 };

#ifdef THROUGH_SEAM
#define TAKE(size) onemalloc_allocate(size, 16)
#define GIVE(block, size) onemalloc_deallocate(block, size, 16)
#else
#define TAKE(size) malloc(size)
#define GIVE(block, size) free(block)
#endif

/* Pairs of allocate and free, each block freed at once. */
void WORKER(_pairs)(long count, size_t size) {
  for (long i = 0; i < count; i++) {
    char *block = TAKE(size);
    *(volatile char *)block = 1;
    GIVE(block, size);
  }
}

/* The same number, in batches: allocate all, then free all. */
void WORKER(_batches)(long count, size_t size) {
  char *blocks[BATCH];
  for (long i = 0; i < count; i += BATCH) {
    for (int k = 0; k < BATCH; k++) {
      blocks[k] = TAKE(size);
      *(volatile char *)blocks[k] = 1;
    }
    for (int k = 0; k < BATCH; k++) {
      GIVE(blocks[k], size);
    }
  }
}
