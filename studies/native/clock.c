/*
 * A time of day that stands still, for a program with STUDY_TIME in its environment, in seconds since 1970, in the runs
 * in which instructions are counted: doxygen takes some more or fewer of them from hour to hour (1e-4).
 */
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

time_t time(time_t *now) {
  time_t given = atol(getenv("STUDY_TIME"));
  if (now != NULL) {
    *now = given;
  }
  return given;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  *now = (struct timeval){time(NULL), 0};
  return 0;
}
