#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;

static void *churn(void *seed) {
  unsigned state = (unsigned)(size_t)seed;
  void *blocks[64] = {0};
  while (!stop) {
    int i = rand_r(&state) % 64;
    free(blocks[i]);
    size_t size = 1 + rand_r(&state) % 5000;
    blocks[i] = malloc(size);
    memset(blocks[i], 1, size);
  }
  for (int i = 0; i < 64; i++) free(blocks[i]);
  return 0;
}

int main(void) {
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) pthread_create(&threads[i], 0, churn, (void *)(i + 1));
  for (int i = 0; i < 300; i++) {
    pid_t child = fork();
    if (child == 0) {
      for (int k = 1; k < 200; k++) free(memset(malloc(k * 37), 1, k * 37));
      _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status) return 1;
  }
  stop = 1;
  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
  return 0;
}
