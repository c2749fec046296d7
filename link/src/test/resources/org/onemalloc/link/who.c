#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  Dl_info info;
  void *block = malloc(100);
  char *copy = strdup("text");
  dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info);
  printf("malloc %s\n", info.dli_fname);
  free(copy);
  free(block);
  struct mallinfo2 (*figures)(void) = dlsym(RTLD_DEFAULT, "mallinfo2");
  printf("glibc %zu\n", figures().arena);
  fflush(stdout);
  if (argc > 1) {
    sleep(atoi(argv[1]));
  }
  return 0;
}
