#include "owner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

extern int mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));
extern bool mi_is_in_heap_region(const void *) __attribute__((weak));
extern bool one_mi_is_in_heap_region(const void *) __attribute__((weak));

__attribute__((visibility("hidden"))) void report(const char *what, const void *block) {
  unsigned arena;
  size_t size = sizeof arena;
  const char *owner = "libc";
  if (mallctl != NULL && mallctl("arenas.lookup", &arena, &size, &block, sizeof block) == 0) {
    owner = "jemalloc";
  } else if ((mi_is_in_heap_region != NULL && mi_is_in_heap_region(block)) ||
             (one_mi_is_in_heap_region != NULL && one_mi_is_in_heap_region(block))) {
    owner = "mimalloc";
  }
  printf("%s from %s\n", what, owner);
  fflush(stdout);
}
