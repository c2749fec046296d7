/* What a C program does with an allocator, for the rows of ./bench. The allocator's functions come
   in as pointers; kernels run inside the JVM that also runs the Java side. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void *(*malloc_t)(size_t);
typedef void (*free_t)(void *);
typedef void (*sized_t)(void *, size_t, int);
typedef void *(*calloc_t)(size_t, size_t);
typedef void *(*realloc_t)(void *, size_t);

#define USE(p) __asm__ volatile("" : : "r"(p) : "memory")

void k_pair(malloc_t m, free_t f, long size, long n) {
  for (long i = 0; i < n; i++) {
    void *p = m(size);
    USE(p);
    f(p);
  }
}

void k_pair_sized(malloc_t m, sized_t f, long size, long n) {
  for (long i = 0; i < n; i++) {
    void *p = m(size);
    USE(p);
    f(p, size, 0);
  }
}

/* The loops alone, without an allocator: what the figures of the others hold besides it. */
void k_pair_loop(long n) {
  for (long i = 0; i < n; i++) {
    void *p = (void *) i;
    USE(p);
  }
}

/* A window of live blocks: the same random sequence as Sizes.java and Window.java. */
struct window {
  uint64_t random;
  long mask;
  int kind;
  void **blocks;
  int *sizes;
};

static uint64_t next(uint64_t *r) {
  uint64_t x = *r;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *r = x;
}

static int size_of(int kind, uint64_t r) {
  if (kind == 0) return 64;
  if (kind == 1) return 16 + (int) ((r >> 32) & 511);
  int bits = __builtin_ctzll((r >> 20) | 4096);
  return (16 << bits) - (int) ((r >> 40) & ((8 << bits) - 1));
}

struct window *k_window_new(malloc_t m, long slots, int kind) {
  struct window *w = malloc(sizeof *w);
  *w = (struct window) {88172645463325252u, slots - 1, kind, malloc(slots * sizeof(void *)),
                        malloc(slots * sizeof(int))};
  for (long i = 0; i < slots; i++) {
    w->sizes[i] = size_of(kind, next(&w->random));
    *(char *) (w->blocks[i] = m(w->sizes[i])) = 1;
  }
  return w;
}

void k_window(struct window *w, malloc_t m, free_t f, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    uint64_t r = next(&random);
    long slot = r & w->mask;
    f(w->blocks[slot]);
    w->blocks[slot] = m(size_of(w->kind, r));
  }
  w->random = random;
}

void k_window_sized(struct window *w, malloc_t m, sized_t f, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    uint64_t r = next(&random);
    long slot = r & w->mask;
    f(w->blocks[slot], w->sizes[slot], 0);
    int size = size_of(w->kind, r);
    w->sizes[slot] = size;
    w->blocks[slot] = m(size);
  }
  w->random = random;
}

void k_window_loop(struct window *w, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    uint64_t r = next(&random);
    long slot = r & w->mask;
    USE(w->blocks[slot]);
    w->blocks[slot] = (void *) (r + size_of(w->kind, r));
  }
  w->random = random;
}

/* The same with one size that the code knows. */
void k_live(struct window *w, malloc_t m, free_t f, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    long slot = next(&random) & w->mask;
    f(w->blocks[slot]);
    w->blocks[slot] = m(64);
  }
  w->random = random;
}

void k_live_sized(struct window *w, malloc_t m, sized_t f, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    long slot = next(&random) & w->mask;
    f(w->blocks[slot], 64, 0);
    w->blocks[slot] = m(64);
  }
  w->random = random;
}

void k_live_loop(struct window *w, long n) {
  uint64_t random = w->random;
  for (long i = 0; i < n; i++) {
    uint64_t r = next(&random);
    long slot = r & w->mask;
    USE(w->blocks[slot]);
    w->blocks[slot] = (void *) r;
  }
  w->random = random;
}

void k_fill(malloc_t m, long size, void **out, long n) {
  for (long i = 0; i < n; i++) *(long *) (out[i] = m(size)) = i;
}

void k_drain(free_t f, void **in, long n) {
  for (long i = 0; i < n; i++) f(in[i]);
}

void k_scope(malloc_t m, free_t f, int *sizes, long count, long n) {
  void *blocks[64];
  for (long i = 0; i < n; i++) {
    for (long j = 0; j < count; j++) *(long *) (blocks[j] = m(sizes[j])) = j;
    USE(blocks);
    for (long j = 0; j < count; j++) f(blocks[j]);
  }
}

static void touch(char *p, long from, long to) {
  for (long i = from; i < to; i += 4096) *(volatile char *) (p + i) = 1;
}

void k_grow(malloc_t m, realloc_t r, free_t f, long from, long to, long tenths) {
  long size = from;
  char *p = m(size);
  touch(p, 0, size);
  while (size < to) {
    long larger = size * tenths / 10;
    if (larger > to) larger = to;
    p = r(p, larger);
    touch(p, size, larger);
    size = larger;
  }
  f(p);
}

void k_calloc(calloc_t c, free_t f, long size, long n) {
  for (long i = 0; i < n; i++) {
    char *p = c(1, size);
    touch(p, 0, size);
    f(p);
  }
}

void k_memset(malloc_t m, free_t f, long size, long n) {
  for (long i = 0; i < n; i++) {
    char *p = memset(m(size), 0, size);
    touch(p, 0, size);
    f(p);
  }
}
