/* Looks free up by libc's handle: what dlsym finds there is libc's own, whoever allocates. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char *copy = strdup("a string of some length, so that it is no special case");
  void *libc = dlopen("libc.so.6", RTLD_NOW);
  void (*give)(void *) = (void (*)(void *))dlsym(libc, "free");
  give(copy);
  puts("survived");
  return 0;
}
