/* The other library of the way OTHER: a call through its PLT entry, and one more through this library's. */
#include <stddef.h>
#include <stdlib.h>

void sdallocx(void *, size_t, int);

void *other_malloc(size_t size) { return malloc(size); }
void *other_calloc(size_t count, size_t size) { return calloc(count, size); }
void *other_realloc(void *block, size_t size) { return realloc(block, size); }
void other_free(void *block) { free(block); }
void other_sized_free(void *block, size_t size) { sdallocx(block, size, 0); }
