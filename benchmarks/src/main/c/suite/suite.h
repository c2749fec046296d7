/* The suite in C: what its kernels share. The Java classes of org.onemalloc.benchmarks.suite with the
   same names have the specifications; the order of all calls and random numbers is theirs. */
#ifndef SUITE_H
#define SUITE_H
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A function is compiled on its own, as the JIT compiles the methods of the same work. */
#define APART __attribute__((noinline))

/* Hands batches of blocks from one lane to another, see Ring.java. */
enum { RING_BLOCKS = 4096, RING_BATCHES = 4 };
struct ring {
  void **batches[RING_BATCHES];
  _Alignas(128) long given;
  _Alignas(128) long taken;
};

void **ring_claim(struct ring *);
void ring_give(struct ring *);
void **ring_first(struct ring *);
void ring_take(struct ring *);

/* What a kernel knows of its thread, see Lane.java. The slots are all NULL at first. */
enum { LANE_SLOTS = 1 << 18 };
struct lane {
  int index, lanes, percent;
  uint64_t numbers;
  struct ring *next, *previous;
  void **desk;
  void **slots;
  int *sizes;
};

typedef uint64_t kernel_t(struct lane *);
kernel_t larson, larson_sized, xmalloc_test, mstress, rptest; /* servers.c */
kernel_t alloc_test, sh6bench, sh8bench, cache_scratch, cache_thrash, glibc_simple, glibc_thread,
    malloc_large;         /* blocks.c */
kernel_t cfrac, espresso; /* programs.c */

void meet(void);
void on_new_thread(void (*work)(void *), void *argument);

/* The allocator's own function that frees with the size, in one of two forms, or neither. */
extern void (*sdallocx_of_process)(void *, size_t, int);
extern void (*free_sized_of_process)(void *, size_t);

/* The operations of one call, Lane.CALL. */
enum { CALL = 1000 };

static inline int scaled(const struct lane *l, int operations) {
  int part = (int) ((long) operations * l->percent / 100);
  return part > 1 ? part : 1;
}

static inline uint64_t next(struct lane *l) {
  uint64_t x = l->numbers;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return l->numbers = x;
}

static inline int below(struct lane *l, int bound) {
  return (int) ((next(l) >> 32) * (uint64_t) bound >> 32);
}

static inline uint64_t mix(uint64_t sum, uint64_t value) {
  return (sum << 7 | sum >> 57) + value;
}

static inline void touch(void *block, long at) { ((volatile char *) block)[at] = 1; }

static inline void put(void **slot, int size) { touch(*slot = malloc(size), 0); }

static inline void put_ends(void **slot, int size) {
  put(slot, size);
  touch(*slot, size - 1);
}

static inline void drop(void **slot) {
  free(*slot);
  *slot = NULL;
}

static inline void drop_sized(void **slot, int size) {
  if (sdallocx_of_process)
    sdallocx_of_process(*slot, size, 0);
  else if (free_sized_of_process)
    free_sized_of_process(*slot, size);
  else
    free(*slot);
  *slot = NULL;
}

static inline void drop_all(void **slots, int from, int to) {
  for (int i = from; i < to; i++) {
    if (slots[i]) drop(&slots[i]);
  }
}
#endif
