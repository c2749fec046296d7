/*
 * Measures the cost of a call through the seam. The ways of calling that were linked in take turns in one process, on
 * the allocator of the process. A line shows a way, its median time, and the median of its ratios to the first way of
 * the same turn.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef void work(long count, size_t size);

#define WAYS(way) way(plain) way(again) way(weak) way(direct) way(other)
#define DECLARE(name) \
  extern work name##_pairs __attribute__((weak)); \
  extern work name##_batches __attribute__((weak));
WAYS(DECLARE)
#define ENTRY(name) {#name, name##_pairs, name##_batches},

static const struct way {
  const char *name;
  work *pairs;
  work *batches;
} ways[] = {WAYS(ENTRY)};

#ifndef TURNS
#define TURNS 21
#endif
enum { COUNT = sizeof ways / sizeof *ways };

static double nanoseconds(work *work_, long count, size_t size) {
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  work_(count, size);
  clock_gettime(CLOCK_MONOTONIC, &to);
  return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / (double)count;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values) {
  qsort(values, TURNS, sizeof *values, ascending);
  return values[TURNS / 2];
}

static void compare(const char *pattern, size_t size, int batches) {
  static double times[COUNT][TURNS], ratios[COUNT][TURNS];
  long count = batches ? 256L * 64 : 256L * 512;
  for (int turn = 0; turn < TURNS; turn++) {
    for (int k = 0; k < COUNT; k++) {
      int w = turn % 2 ? COUNT - 1 - k : k;
      work *work_ = batches ? ways[w].batches : ways[w].pairs;
      if (work_ != NULL) {
        nanoseconds(work_, count / 8, size);
        times[w][turn] = nanoseconds(work_, count, size);
      }
    }
    for (int w = 0; w < COUNT; w++) {
      ratios[w][turn] = times[w][turn] / times[0][turn];
    }
  }
  for (int w = 0; w < COUNT; w++) {
    if (ways[w].pairs != NULL) {
      printf("%-8s %6zu  %-8s %7.2f ns  %.2f\n", pattern, size, ways[w].name, median(times[w]), median(ratios[w]));
    }
  }
}

int main(void) {
  static const size_t sizes[] = {64, 4096, 8192};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    compare("pairs", sizes[i], 0);
    compare("batches", sizes[i], 1);
  }
}
