#include <stdlib.h>
#include <string.h>
#include <malloc.h>

void *c_malloc(size_t n) { return malloc(n); }
void *c_memalign(size_t a, size_t n) { void *p; return posix_memalign(&p, a, n) ? 0 : p; }
void c_free(void *p) { free(p); }
void *c_strdup(const char *s) { return strdup(s); }
size_t c_usable(void *p) { return malloc_usable_size(p); }

/* allocates n blocks of growing size, writes each full, returns them in a block of pointers */
void **c_blocks(size_t n) {
  void **all = malloc(n * sizeof(void *));
  for (size_t i = 0; i < n; i++) {
    size_t size = 1 + i;
    all[i] = malloc(size);
    memset(all[i], (int) i, malloc_usable_size(all[i]));
  }
  return all;
}
