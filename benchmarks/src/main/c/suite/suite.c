/* Runs a kernel as Runner.java does, with the same arguments and the same line of output:
   suite KERNEL LANES WARM_UP_MS REPETITIONS PERCENT */
#define _GNU_SOURCE
#include "suite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { MOST_LANES = 64, TURNS = 1000 };

static struct lane lanes[MOST_LANES];
static struct ring rings[MOST_LANES];
static uint64_t sums[MOST_LANES];
static void *desk[MOST_LANES];
static kernel_t *kernel;
static pthread_barrier_t gate;
static int over;

void (*sdallocx_of_process)(void *, size_t, int);
void (*free_sized_of_process)(void *, size_t);

static void fail(const char *what) {
  fprintf(stderr, "suite: %s\n", what);
  exit(1);
}

/* Memory that is not the allocator's, for what Java has in its own heap. */
static void *apart(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) fail("no memory");
  return p;
}

static void pause_at(int turn) {
  if (turn < TURNS) {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  } else {
    sched_yield();
  }
}

void **ring_claim(struct ring *r) {
  for (int turn = 0; r->given - __atomic_load_n(&r->taken, __ATOMIC_ACQUIRE) == RING_BATCHES; turn++)
    pause_at(turn);
  return r->batches[r->given % RING_BATCHES];
}

void ring_give(struct ring *r) { __atomic_store_n(&r->given, r->given + 1, __ATOMIC_RELEASE); }

void **ring_first(struct ring *r) {
  for (int turn = 0; __atomic_load_n(&r->given, __ATOMIC_ACQUIRE) == r->taken; turn++) pause_at(turn);
  return r->batches[r->taken % RING_BATCHES];
}

void ring_take(struct ring *r) { __atomic_store_n(&r->taken, r->taken + 1, __ATOMIC_RELEASE); }

void meet(void) {
  if (lanes[0].lanes > 1) pthread_barrier_wait(&gate);
}

struct call {
  void (*work)(void *);
  void *argument;
};

static void *called(void *call) {
  struct call *c = call;
  c->work(c->argument);
  return NULL;
}

void on_new_thread(void (*work)(void *), void *argument) {
  struct call call = {work, argument};
  pthread_t thread;
  if (pthread_create(&thread, NULL, called, &call)) fail("no thread");
  pthread_join(thread, NULL);
}

/* Does nothing, see Workload.NONE. */
static uint64_t none(struct lane *l) {
  (void) l;
  nanosleep(&(struct timespec) {0, 1000000}, NULL);
  return 0;
}

static const struct {
  const char *name;
  kernel_t *kernel;
} KERNELS[] = {
    {"none", none},
    {"larson", larson},
    {"larson-sized", larson_sized},
    {"xmalloc-test", xmalloc_test},
    {"mstress", mstress},
    {"rptest", rptest},
    {"alloc-test", alloc_test},
    {"sh6bench", sh6bench},
    {"sh8bench", sh8bench},
    {"cache-scratch", cache_scratch},
    {"cache-thrash", cache_thrash},
    {"glibc-simple", glibc_simple},
    {"glibc-thread", glibc_thread},
    {"malloc-large", malloc_large},
    {"cfrac", cfrac},
    {"espresso", espresso},
};

static void repeat(struct lane *l) {
  l->numbers = 88172645463325252u + l->index * 0x9E3779B97F4A7C15u;
  sums[l->index] = kernel(l);
}

static void *follow(void *lane) {
  for (meet(); !over; meet()) {
    repeat(lane);
    meet();
  }
  return NULL;
}

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

static long repetition(void) {
  meet();
  long start = now();
  repeat(&lanes[0]);
  meet();
  return now() - start;
}

/* proc(5): 5 resets the peak resident set size. */
static void forget_peak(void) {
  FILE *f = fopen("/proc/self/clear_refs", "w");
  if (!f || fputs("5", f) < 0 || fclose(f)) fail("cannot reset the peak");
}

static long peak(void) {
  char line[256];
  long kilobytes = -1;
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f)) {
    if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
  }
  if (f) fclose(f);
  return kilobytes;
}

/* jemalloc's, gperftools' or mimalloc's; a plain free serves where there is none, as in glibc. */
static void find_sized_free(void) {
  sdallocx_of_process = (void (*)(void *, size_t, int)) dlsym(RTLD_DEFAULT, "sdallocx");
  free_sized_of_process = (void (*)(void *, size_t)) dlsym(RTLD_DEFAULT, "tc_free_sized");
  if (!free_sized_of_process)
    free_sized_of_process = (void (*)(void *, size_t)) dlsym(RTLD_DEFAULT, "mi_free_size");
}

static void make_lanes(int count, int percent) {
  if (count > 1) pthread_barrier_init(&gate, NULL, count);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < RING_BATCHES; j++) rings[i].batches[j] = apart(RING_BLOCKS * sizeof(void *));
    lanes[i] = (struct lane) {.index = i, .lanes = count, .percent = percent, .desk = desk};
    lanes[i].next = &rings[i];
    lanes[i].previous = &rings[(i + count - 1) % count];
    lanes[i].slots = apart(LANE_SLOTS * sizeof(void *));
    lanes[i].sizes = apart(LANE_SLOTS * sizeof(int));
  }
}

int main(int argc, char **argv) {
  if (argc != 6) fail("the usage is KERNEL LANES WARM_UP_MS REPETITIONS PERCENT");
  for (size_t i = 0; i < sizeof KERNELS / sizeof *KERNELS; i++)
    if (!strcmp(argv[1], KERNELS[i].name)) kernel = KERNELS[i].kernel;
  int count = atoi(argv[2]), measured = atoi(argv[4]);
  long warm_up = atol(argv[3]) * 1000000;
  if (!kernel || count < 1 || count > MOST_LANES || measured < 1) fail("an argument is not legal");
  find_sized_free();
  make_lanes(count, atoi(argv[5]));
  pthread_t others[MOST_LANES];
  for (int i = 1; i < count; i++)
    if (pthread_create(&others[i], NULL, follow, &lanes[i])) fail("no thread");
  long spent = 0, shortest = 0;
  for (int i = 0; i < 2 || spent < warm_up; i++) spent += repetition();
  forget_peak();
  for (int i = 0; i < measured; i++) {
    long nanos = repetition();
    if (i == 0 || nanos < shortest) shortest = nanos;
  }
  long kilobytes = peak();
  over = 1;
  meet();
  for (int i = 1; i < count; i++) pthread_join(others[i], NULL);
  uint64_t sum = 0;
  for (int i = 0; i < count; i++) sum += sums[i];
  Dl_info served;
  if (!dladdr(dlsym(RTLD_DEFAULT, "malloc"), &served)) fail("cannot find who serves malloc");
  printf("%s %ld %ld %ld\n", served.dli_fname, shortest, kilobytes, (long) sum);
  return 0;
}
