/* a C23 allocator that keeps the size before the block and insists on it */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 32
struct head { size_t size; void *start; int bits; };
static void *lists[64];
static char pool[1 << 28];
static size_t used;
static int lock;

static void enter(void) { while (__sync_lock_test_and_set(&lock, 1)) { } }
static void leave(void) { __sync_lock_release(&lock); }
static struct head *head(void *p) { return (struct head *) ((char *) p - HEAD); }

/* a piece of 2^bits bytes, from its list or from the pool */
static char *take(int bits) {
  enter();
  char *p = lists[bits];
  if (p) {
    lists[bits] = *(void **) p;
  } else if (((size_t) 1 << bits) <= sizeof pool - used) {
    p = pool + used;
    used += (size_t) 1 << bits;
  }
  leave();
  if (!p) errno = ENOMEM;
  return p;
}

void *memalign(size_t a, size_t n) {
  if (n > sizeof pool || a > sizeof pool) { errno = ENOMEM; return 0; }
  int bits = 64 - __builtin_clzl(n + a + HEAD);
  char *raw = take(bits);
  if (!raw) return 0;
  char *p = (char *) (((uintptr_t) raw + HEAD + a - 1) & ~(uintptr_t) (a - 1));
  head(p)->size = n;
  head(p)->start = raw;
  head(p)->bits = bits;
  return p;
}
void free(void *p) {
  if (!p) return;
  struct head h = *head(p);
  enter();
  *(void **) h.start = lists[h.bits];
  lists[h.bits] = h.start;
  leave();
}
void *malloc(size_t n) { return memalign(16, n); }
void free_sized(void *p, size_t n) {
  if (head(p)->size != n) abort();
  free(p);
}
void *calloc(size_t n, size_t m) {
  void *p = malloc(n * m);
  return p ? memset(p, 0, n * m) : 0;
}
void *realloc(void *p, size_t n) {
  void *q = malloc(n);
  if (q && p) {
    memcpy(q, p, head(p)->size < n ? head(p)->size : n);
    free(p);
  }
  return q;
}
int posix_memalign(void **r, size_t a, size_t n) { return (*r = memalign(a, n)) ? 0 : ENOMEM; }
void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
size_t malloc_usable_size(void *p) { return p ? head(p)->size : 0; }
