/* A guest that was built beside jemalloc: allocates with an extended call, frees with plain free.
   jemalloc(3) allows the mixture: mallocx and free are of one heap. */
#include <stdlib.h>

void *mallocx(size_t size, int flags);

void *extended_take(void) { return mallocx(64, 0); }

void extended_give(void *block) { free(block); }
