/* Kernels of which each thread allocates and frees for itself, except in sh8bench. */
#include "suite.h"

#include <string.h>

/* alloc-test: AllocTest.java. */
enum { ALLOC_SLOTS = 1 << 16, ALLOC_LEVELS = 6, ALLOC_OPERATIONS = 1000000, ALLOC_RANGES = 10 };

static int alloc_slot(struct lane *l) {
  uint64_t bits = next(l);
  int first = 0, width = ALLOC_SLOTS;
  for (int i = 0; i < ALLOC_LEVELS; i++) {
    int fifth = width / 5;
    if ((bits & 1023) < 819) {
      width = fifth;
    } else {
      first += fifth;
      width -= fifth;
    }
    bits >>= 10;
  }
  return first + below(l, width);
}

static int alloc_size(uint64_t bits) {
  int range = __builtin_ctzll(bits | 1 << ALLOC_RANGES);
  return (16 << range) - (int) (bits >> 40 & ((8 << range) - 1));
}

static APART uint64_t alloc_operate(struct lane *l, int operations, uint64_t sum) {
  for (int i = 0; i < operations; i++) {
    int slot = alloc_slot(l);
    sum = mix(sum, slot);
    if (l->slots[slot]) {
      drop(&l->slots[slot]);
    } else {
      int size = alloc_size(next(l));
      put(&l->slots[slot], size);
      sum = mix(sum, size);
    }
  }
  return sum;
}

uint64_t alloc_test(struct lane *l) {
  uint64_t sum = 0;
  for (int left = scaled(l, ALLOC_OPERATIONS); left > 0; left -= CALL)
    sum = alloc_operate(l, left < CALL ? left : CALL, sum);
  drop_all(l->slots, 0, ALLOC_SLOTS);
  return sum;
}

/* sh6bench and sh8bench: Sh6bench.java. */
enum { SH_PASSES = 100, SH_MOST = 1000, SH_THIRD = 3333, SH_CELLS = 3 * SH_THIRD };

struct sh {
  struct lane *lane;
  int gives, count;
};

static void sh_drop_newest_first(void **slots, int from, int to) {
  for (int slot = to - 1; slot >= from; slot--) drop(&slots[slot]);
}

static APART void sh_spill(struct sh *s) {
  struct lane *l = s->lane;
  if (s->gives) {
    memcpy(ring_claim(l->next), l->slots + 2 * SH_THIRD, SH_THIRD * sizeof(void *));
    ring_give(l->next);
    sh_drop_newest_first(ring_first(l->previous), 0, SH_THIRD);
    ring_take(l->previous);
  } else {
    sh_drop_newest_first(l->slots, 2 * SH_THIRD, SH_CELLS);
  }
  drop_all(l->slots, 0, SH_THIRD);
  memcpy(l->slots, l->slots + SH_THIRD, SH_THIRD * sizeof(void *));
  s->count = SH_THIRD;
}

static APART uint64_t sh_allocate(struct sh *s, int size, uint64_t sum) {
  for (int left = 1 + SH_MOST / size; left > 0; left--) {
    sum = mix(sum, size + s->count);
    put(&s->lane->slots[s->count++], size);
    if (s->count == SH_CELLS) sh_spill(s);
  }
  return sum;
}

static uint64_t sh(struct lane *l, int gives) {
  struct sh s = {l, gives, 0};
  uint64_t sum = 0;
  for (int left = scaled(l, SH_PASSES); left > 0; left--)
    for (int size = 1; size <= SH_MOST; size++) sum = sh_allocate(&s, size, sum);
  drop_all(l->slots, 0, s.count);
  return sum;
}

uint64_t sh6bench(struct lane *l) { return sh(l, 0); }

uint64_t sh8bench(struct lane *l) { return sh(l, 1); }

/* cache-scratch and cache-thrash: CacheLines.java. */
enum { LINE_SIZE = 8, LINE_BLOCKS = 100, LINE_WRITES = 200000 };

static APART void line_write(volatile long *block, int times) {
  for (int i = 0; i < times; i++) *block = *block + 1;
}

uint64_t cache_thrash(struct lane *l) {
  uint64_t sum = 0;
  for (int i = 0; i < LINE_BLOCKS; i++) {
    volatile long *block = malloc(LINE_SIZE);
    *block = 0;
    for (int left = scaled(l, LINE_WRITES); left > 0; left -= CALL)
      line_write(block, left < CALL ? left : CALL);
    sum = mix(sum, *block);
    free((void *) block);
  }
  return sum;
}

uint64_t cache_scratch(struct lane *l) {
  for (int i = 0; l->index == 0 && i < l->lanes; i++) put(&l->desk[i], LINE_SIZE);
  meet();
  drop(&l->desk[l->index]);
  return cache_thrash(l);
}

/* glibc-simple: Glibc.Simple. */
enum { SIMPLE_LEAST = 8, SIMPLE_MOST = 4096, SIMPLE_BLOCKS = 25600 };
static const int SIMPLE_COUNTS[] = {25, 100, 400, 1600};

static APART uint64_t simple_together(struct lane *l, int size, int count, uint64_t sum) {
  for (int slot = 0; slot < count; slot++) {
    put(&l->slots[slot], size);
    sum = mix(sum, size + slot);
  }
  for (int slot = 0; slot < count; slot++) drop(&l->slots[slot]);
  return sum;
}

uint64_t glibc_simple(struct lane *l) {
  uint64_t sum = 0;
  for (int size = SIMPLE_LEAST; size <= SIMPLE_MOST; size *= 2)
    for (size_t i = 0; i < sizeof SIMPLE_COUNTS / sizeof *SIMPLE_COUNTS; i++)
      for (int left = scaled(l, SIMPLE_BLOCKS); left > 0; left -= SIMPLE_COUNTS[i])
        sum = simple_together(l, size, SIMPLE_COUNTS[i], sum);
  return sum;
}

/* glibc-thread: Glibc.Threads. */
enum { THREAD_SLOTS = 1024, THREAD_OPERATIONS = 1000000 };

static int thread_size(uint64_t bits) {
  int size = (int) ((1L << 34) / (long) (bits + (1 << 19)));
  return size > 4 ? size : 4;
}

static APART uint64_t thread_replace(struct lane *l, int operations, uint64_t sum) {
  for (int i = 0; i < operations; i++) {
    int slot = below(l, THREAD_SLOTS);
    if (l->slots[slot]) drop(&l->slots[slot]);
    int size = thread_size(next(l) >> 32);
    put(&l->slots[slot], size);
    sum = mix(mix(sum, slot), size);
  }
  return sum;
}

uint64_t glibc_thread(struct lane *l) {
  uint64_t sum = 0;
  for (int left = scaled(l, THREAD_OPERATIONS); left > 0; left -= CALL)
    sum = thread_replace(l, left < CALL ? left : CALL, sum);
  drop_all(l->slots, 0, THREAD_SLOTS);
  return sum;
}

/* malloc-large: MallocLarge.java. */
enum { LARGE_SLOTS = 8, LARGE_OPERATIONS = 20, LARGE_LEAST = 5 << 20, LARGE_MORE = 20 << 20,
       LARGE_PAGE = 4096 };

static APART void large_write(void *block, int size) {
  for (int at = 0; at < size; at += LARGE_PAGE) touch(block, at);
}

uint64_t malloc_large(struct lane *l) {
  uint64_t sum = 0;
  for (int left = scaled(l, LARGE_OPERATIONS); left > 0; left--) {
    int slot = below(l, LARGE_SLOTS);
    if (l->slots[slot]) drop(&l->slots[slot]);
    int size = LARGE_LEAST + below(l, LARGE_MORE);
    put(&l->slots[slot], size);
    large_write(l->slots[slot], size);
    sum = mix(mix(sum, slot), size);
  }
  drop_all(l->slots, 0, LARGE_SLOTS);
  return sum;
}
