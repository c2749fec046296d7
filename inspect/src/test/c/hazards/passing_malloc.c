/* A malloc in front of the next one, as profilers have it. Lacks most of the family, and may. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

static void *(*next_malloc)(size_t);
static void (*next_free)(void *);

void *malloc(size_t size) {
  if (next_malloc == NULL) {
    next_malloc = (void *(*)(size_t)) dlsym(RTLD_NEXT, "malloc");
  }
  return next_malloc(size);
}

void free(void *block) {
  if (next_free == NULL) {
    next_free = (void (*)(void *)) dlsym(RTLD_NEXT, "free");
  }
  next_free(block);
}
