#include <stddef.h>

void *je_malloc(size_t size);
void *je_calloc(size_t count, size_t size);
void *je_realloc(void *block, size_t size);
void *je_memalign(size_t alignment, size_t size);
void je_free(void *block);

void *malloc(size_t size) { return je_malloc(size); }
void *calloc(size_t count, size_t size) { return je_calloc(count, size); }
void *realloc(void *block, size_t size) { return je_realloc(block, size); }
void *memalign(size_t alignment, size_t size) { return je_memalign(alignment, size); }
void free(void *block) { je_free(block); }
