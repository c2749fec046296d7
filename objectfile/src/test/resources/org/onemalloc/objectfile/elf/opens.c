#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *(*touch[64])(void);
static int count;
static pthread_barrier_t opened;

static void *worker(void *unused) {
  free(malloc(100));
  pthread_barrier_wait(&opened);
  for (int i = 0; i < count; i++) {
    touch[i]();
    free(malloc(100 * i));
  }
  return unused;
}

int main(int argc, char **argv) {
  pthread_t threads[4];
  pthread_barrier_init(&opened, 0, 5);
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, worker, 0);
  for (count = 0; count < argc - 1; count++) {
    void *library = dlopen(argv[count + 1], RTLD_NOW);
    if (!library) {
      puts(dlerror());
      return 1;
    }
    touch[count] = (void *(*)(void))dlsym(library, "touch");
    touch[count]();
    free(malloc(1000));
  }
  pthread_barrier_wait(&opened);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
  printf("opened %d\n", count);
  return 0;
}
