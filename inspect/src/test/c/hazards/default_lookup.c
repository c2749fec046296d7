/* The repaired twin of handle_lookup: the process's own free, found where its malloc is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char *copy = strdup("a string of some length, so that it is no special case");
  void (*give)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "free");
  give(copy);
  puts("survived");
  return 0;
}
