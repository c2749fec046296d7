/* One way of calling the allocator. This file is compiled once for each way, with no other difference. */
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

/* Allocates and frees blocks in pairs: each block is freed at once. */
void WORKER(_pairs)(long count, size_t size) {
  for (long i = 0; i < count; i++) {
    char *block = TAKE(size);
    *(volatile char *)block = 1;
    GIVE(block, size);
  }
}

/* Allocates and frees the same number of blocks in batches: allocates a whole batch, then frees it. */
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
