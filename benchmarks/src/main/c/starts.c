// starts ROUNDS PROGRAM... : starts each `PROGRAM -version` once a round, in an order that is shuffled
// each time, and prints for each its median wall and CPU time, and the ratio of the medians to those of
// the first PROGRAM with the 95 % interval of 2000 bootstrap samples of the rounds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { PROGRAMS = 8, ROUNDS = 4000, SAMPLES = 2000, WARM_UP = 5 };

static double wall[PROGRAMS][ROUNDS];
static double cpu[PROGRAMS][ROUNDS];
static long faults[PROGRAMS];

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double of(struct timeval time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; }

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const double *values, int count) {
  static double sorted[ROUNDS];
  memcpy(sorted, values, count * sizeof *values);
  qsort(sorted, count, sizeof *sorted, by_size);
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void start(char *program, const posix_spawn_file_actions_t *quiet, int which, int round) {
  char *arguments[] = {program, "-version", NULL};
  char *environment[] = {NULL};
  pid_t child;
  int status;
  struct rusage usage;
  double begin = milliseconds();
  if (posix_spawn(&child, program, quiet, NULL, arguments, environment) != 0
      || wait4(child, &status, 0, &usage) != child || status != 0) {
    fprintf(stderr, "starts: %s -version failed\n", program);
    exit(1);
  }
  if (round >= 0) {
    wall[which][round] = milliseconds() - begin;
    cpu[which][round] = of(usage.ru_utime) + of(usage.ru_stime);
    faults[which] = usage.ru_minflt;
  }
}

static void ratio(const char *what, double figures[][ROUNDS], int which, int rounds) {
  static double ratios[SAMPLES], ours[ROUNDS], theirs[ROUNDS];
  for (int sample = 0; sample < SAMPLES; sample++) {
    for (int i = 0; i < rounds; i++) {
      int round = rand() % rounds;
      ours[i] = figures[which][round];
      theirs[i] = figures[0][round];
    }
    ratios[sample] = median(ours, rounds) / median(theirs, rounds);
  }
  qsort(ratios, SAMPLES, sizeof *ratios, by_size);
  double own = median(figures[which], rounds);
  printf("  %s %7.2f ms  x%.3f [%.3f..%.3f]", what, own, own / median(figures[0], rounds),
         ratios[SAMPLES / 40], ratios[SAMPLES - 1 - SAMPLES / 40]);
}

int main(int count, char **arguments) {
  int rounds = count > 2 ? atoi(arguments[1]) : 0;
  int programs = count - 2;
  if (rounds < 1 || rounds > ROUNDS || programs > PROGRAMS) {
    fprintf(stderr, "usage: starts ROUNDS PROGRAM...\n");
    return 2;
  }
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  srand(1);
  for (int round = -WARM_UP; round < rounds; round++) {
    int order[PROGRAMS];
    for (int i = 0; i < programs; i++) {
      int j = rand() % (i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    for (int i = 0; i < programs; i++) {
      start(arguments[2 + order[i]], &quiet, order[i], round);
    }
  }
  for (int i = 0; i < programs; i++) {
    printf("%-40s", arguments[2 + i]);
    ratio("wall", wall, i, rounds);
    ratio("CPU", cpu, i, rounds);
    printf("  %ld faults\n", faults[i]);
  }
  return 0;
}
