/* Kernels of which threads hand blocks to each other. */
#include "suite.h"

/* larson and larson-sized: Larson.java. */
enum { LARSON_SLOTS = 5000, LARSON_LEAST = 8, LARSON_MOST = 1000, LARSON_THREADS = 4,
       LARSON_REPLACED = 250000 };

struct larson {
  struct lane *lane;
  uint64_t sum;
};

static int larson_size(struct lane *l) {
  return LARSON_LEAST + below(l, LARSON_MOST - LARSON_LEAST + 1);
}

static APART uint64_t larson_replace(struct lane *l, int operations, uint64_t sum) {
  for (int i = 0; i < operations; i++) {
    int slot = below(l, LARSON_SLOTS);
    drop(&l->slots[slot]);
    int size = larson_size(l);
    put(&l->slots[slot], size);
    sum = mix(mix(sum, slot), size);
  }
  return sum;
}

static APART uint64_t larson_replace_sized(struct lane *l, int operations, uint64_t sum) {
  for (int i = 0; i < operations; i++) {
    int slot = below(l, LARSON_SLOTS);
    drop_sized(&l->slots[slot], l->sizes[slot]);
    int size = larson_size(l);
    put(&l->slots[slot], size);
    l->sizes[slot] = size;
    sum = mix(mix(sum, slot), size);
  }
  return sum;
}

static void larson_serve(void *state) {
  struct larson *s = state;
  for (int left = scaled(s->lane, LARSON_REPLACED); left > 0; left -= CALL)
    s->sum = larson_replace(s->lane, left < CALL ? left : CALL, s->sum);
}

static void larson_serve_sized(void *state) {
  struct larson *s = state;
  for (int left = scaled(s->lane, LARSON_REPLACED); left > 0; left -= CALL)
    s->sum = larson_replace_sized(s->lane, left < CALL ? left : CALL, s->sum);
}

static uint64_t larson_by(struct lane *l, void (*serve)(void *)) {
  struct larson state = {l, 0};
  for (int slot = 0; slot < LARSON_SLOTS; slot++) {
    int size = larson_size(l);
    put(&l->slots[slot], size);
    l->sizes[slot] = size;
    state.sum = mix(state.sum, size);
  }
  for (int i = 0; i < LARSON_THREADS; i++) on_new_thread(serve, &state);
  return state.sum;
}

uint64_t larson(struct lane *l) {
  uint64_t sum = larson_by(l, larson_serve);
  drop_all(l->slots, 0, LARSON_SLOTS);
  return sum;
}

uint64_t larson_sized(struct lane *l) {
  uint64_t sum = larson_by(l, larson_serve_sized);
  for (int slot = 0; slot < LARSON_SLOTS; slot++) drop_sized(&l->slots[slot], l->sizes[slot]);
  return sum;
}

/* xmalloc-test: XmallocTest.java. */
static const int XMALLOC_SIZES[] = {8,   12,  16,  24,  32,  48,   64,   96,  128,
                                    192, 256, 384, 512, 768, 1024, 1536, 2048};
enum { XMALLOC_BATCHES = 1000, XMALLOC_BLOCKS = 1024 };

static APART uint64_t xmalloc_fill(struct lane *l, void **batch, uint64_t sum) {
  for (int i = 0; i < XMALLOC_BLOCKS; i++) {
    int size = XMALLOC_SIZES[below(l, sizeof XMALLOC_SIZES / sizeof *XMALLOC_SIZES)];
    *(long *) (batch[i] = malloc(size)) = size;
    sum = mix(sum, size);
  }
  return sum;
}

static APART uint64_t xmalloc_drain(void **batch, uint64_t sum) {
  for (int i = 0; i < XMALLOC_BLOCKS; i++) {
    sum = mix(sum, *(long *) batch[i]);
    drop(&batch[i]);
  }
  return sum;
}

uint64_t xmalloc_test(struct lane *l) {
  int allocates = l->index % 2 == 0;
  int frees = !allocates || l->index + 1 == l->lanes;
  struct ring *from = allocates ? l->next : l->previous;
  uint64_t sum = 0;
  for (int left = scaled(l, XMALLOC_BATCHES); left > 0; left--) {
    if (allocates) {
      sum = xmalloc_fill(l, ring_claim(l->next), sum);
      ring_give(l->next);
    }
    if (frees) {
      sum = xmalloc_drain(ring_first(from), sum);
      ring_take(from);
    }
  }
  return sum;
}

/* mstress: Mstress.java. */
enum { MSTRESS_ROUNDS = 6, MSTRESS_STEPS = 80000, MSTRESS_SHELF = 1000, MSTRESS_LARGER = 64 };

struct list {
  void **slots;
  int count;
};

struct mstress {
  struct lane *lane;
  void **shelf;
  struct list young, old, older;
  uint64_t sum;
};

static void mstress_fill(struct list *young, int slot) {
  int last = --young->count;
  if (slot != last) {
    young->slots[slot] = young->slots[last];
    young->slots[last] = NULL;
  }
}

static APART void mstress_steps(struct mstress *s, int count) {
  struct lane *l = s->lane;
  struct list *young = &s->young;
  uint64_t sum = s->sum;
  for (int i = 0; i < count; i++) {
    int size = 8 << below(l, 8);
    if (below(l, 100) == 0) size *= MSTRESS_LARGER;
    struct list *kept = below(l, 3) == 0 ? &s->old : young;
    put_ends(&kept->slots[kept->count++], size);
    sum = mix(sum, size);
    if (below(l, 3) != 0 && young->count > 0) {
      int slot = below(l, young->count);
      drop(&young->slots[slot]);
      mstress_fill(young, slot);
      sum = mix(sum, slot);
    }
    if (below(l, 4) == 0 && young->count > 0) {
      int slot = below(l, young->count);
      int place = below(l, MSTRESS_SHELF);
      void *block = young->slots[slot];
      young->slots[slot] = s->shelf[place];
      s->shelf[place] = block;
      if (!young->slots[slot]) mstress_fill(young, slot);
      sum = mix(mix(sum, slot), place);
    }
  }
  s->sum = sum;
}

static void mstress_release(struct list *list) {
  drop_all(list->slots, 0, list->count);
  list->count = 0;
}

static void mstress_round(void *state) {
  struct mstress *s = state;
  for (int left = scaled(s->lane, MSTRESS_STEPS); left > 0; left -= CALL)
    mstress_steps(s, left < CALL ? left : CALL);
  mstress_release(&s->young);
  mstress_release(&s->older);
  struct list emptied = s->older;
  s->older = s->old;
  s->old = emptied;
}

uint64_t mstress(struct lane *l) {
  void **slots = l->slots;
  struct mstress s = {.lane = l, .shelf = slots, .young = {.slots = slots + MSTRESS_SHELF}};
  s.old.slots = s.young.slots + MSTRESS_STEPS;
  s.older.slots = s.old.slots + MSTRESS_STEPS;
  for (int i = 0; i < MSTRESS_ROUNDS; i++) {
    on_new_thread(mstress_round, &s);
    void **batch = ring_claim(l->next);
    for (int place = 0; place < MSTRESS_SHELF; place++) batch[place] = s.shelf[place];
    ring_give(l->next);
    batch = ring_first(l->previous);
    for (int place = 0; place < MSTRESS_SHELF; place++) s.shelf[place] = batch[place];
    ring_take(l->previous);
  }
  mstress_release(&s.older);
  drop_all(s.shelf, 0, MSTRESS_SHELF);
  return s.sum;
}

/* rptest: Rptest.java. */
enum { RPTEST_SLOTS = 5000, RPTEST_LEAST = 16, RPTEST_MOST = 16000, RPTEST_ROUNDS = 150,
       RPTEST_REPLACED = 1000, RPTEST_GIVEN = 100 };

static int rptest_size(struct lane *l) {
  return RPTEST_LEAST + below(l, RPTEST_MOST - RPTEST_LEAST + 1);
}

static APART uint64_t rptest_replace(struct lane *l, uint64_t sum) {
  for (int i = 0; i < RPTEST_REPLACED; i++) {
    int slot = below(l, RPTEST_SLOTS);
    if (l->slots[slot]) drop(&l->slots[slot]);
    int size = rptest_size(l);
    put_ends(&l->slots[slot], size);
    sum = mix(mix(sum, slot), size);
  }
  return sum;
}

static APART uint64_t rptest_give(struct lane *l, void **batch, uint64_t sum) {
  for (int i = 0; i < RPTEST_GIVEN; i++) {
    int size = rptest_size(l);
    put_ends(&batch[i], size);
    sum = mix(sum, size);
  }
  return sum;
}

uint64_t rptest(struct lane *l) {
  uint64_t sum = 0;
  for (int left = scaled(l, RPTEST_ROUNDS); left > 0; left--) {
    sum = rptest_replace(l, sum);
    sum = rptest_give(l, ring_claim(l->next), sum);
    ring_give(l->next);
    drop_all(ring_first(l->previous), 0, RPTEST_GIVEN);
    ring_take(l->previous);
  }
  drop_all(l->slots, 0, RPTEST_SLOTS);
  return sum;
}
