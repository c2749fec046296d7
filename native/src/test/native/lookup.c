/* Counts the calls of the malloc family during the check of the host binding. */
#include "../../../bindings/host.c"
#include <stdio.h>
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
static long calls;
void *malloc(size_t n) { calls++; return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { calls++; return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { calls++; return __libc_realloc(p, n); }
int posix_memalign(void **p, size_t a, size_t n) { calls++; return (*p = __libc_memalign(a, n)) == NULL; }
void free(void *p) { calls += p != NULL; __libc_free(p); }
int main(void) {
  long before = calls;
  look_up();
  printf("calls %ld\n", calls - before);
}
