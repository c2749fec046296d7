#include <pthread.h>
#include <stdlib.h>

long *first_place(void);
long *second_place(void);
long third_and_fourth(void);

static long *main_first;

static void *check(void *unused) {
  if (*first_place() != 7 || *second_place() != 0 || third_and_fourth() != 11) abort();
  if (first_place() == main_first || first_place() == second_place()) abort();
  *first_place() = 1;
  *second_place() = 2;
  if (*first_place() != 1 || *second_place() != 2 || third_and_fourth() != 13) abort();
  return unused;
}

int main(void) {
  check(0);
  main_first = first_place();
  for (int i = 0; i < 10; i++) {
    pthread_t thread;
    pthread_create(&thread, 0, check, 0);
    pthread_join(thread, 0);
  }
  return *first_place() != 1;
}
