/* The C program of scripts/matrix. Its argument says what it allocates, and with what. */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t all;

static void *churn(void *unused) {
  void *blocks[2000];
  (void)unused;
  for (int i = 0; i < 2000; i++) blocks[i] = malloc(16 + (i * 37) % 3000);
  for (int i = 0; i < 2000; i += 3) free(blocks[i]);
  pthread_barrier_wait(&all);
  pthread_barrier_wait(&all);
  return NULL;
}

/* Prints what glibc says of its heap, and waits to be looked at. */
static void wait_to_be_read(void) {
  pthread_t threads[3];
  setvbuf(stdout, NULL, _IONBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0);
  pthread_barrier_init(&all, NULL, 4);
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, churn, NULL);
  pthread_barrier_wait(&all);
  for (int i = 0; i < 3; i++) *(char *)malloc(200000 + 100000 * i) = 1;
  *(char *)realloc(realloc(malloc(300000), 3000000), 9000000) = 1;
  malloc_info(0, stdout);
  puts("ready");
  getchar();
}

/* glibc's own malloc, whichever is preloaded, in a way that no table of the program shows. */
static void *(*escape(void))(size_t) {
  void *(*found)(size_t) = dlsym(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD), "malloc");
  if (found == NULL) abort();
  return found;
}

/* Long enough for compare to look at it once more after it has allocated, on a busy machine too. */
static void hold(void *allocate(size_t), size_t size, int blocks) {
  for (int i = 0; i < blocks; i++) *(char *)allocate(size) = 1;
  sleep(4);
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "plain";
  if (strcmp(what, "wait") == 0) wait_to_be_read();
  if (strcmp(what, "plain") == 0) hold(malloc, 500, 40000);
  if (strcmp(what, "small") == 0) hold(escape(), 500, 40000);
  if (strcmp(what, "large") == 0) hold(escape(), 1 << 20, 20);
  printf("%s\n", what);
  return 0;
}
