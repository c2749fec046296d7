/* Preloaded before a shim of BLOCKS: every block that C frees is shown to it, and then freed as ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

void study_c_frees(void *block);

static void (*next_free)(void *);
static void *(*next_realloc)(void *, size_t);

__attribute__((constructor(101))) static void look_up(void) {
  next_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
  next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
}

void free(void *block) {
  if (block == NULL) {
    return;
  }
  if (next_free == NULL) {
    look_up();
  }
  study_c_frees(block);
  next_free(block);
}

void *realloc(void *block, size_t size) {
  if (next_realloc == NULL) {
    look_up();
  }
  if (block != NULL) {
    study_c_frees(block);
  }
  return next_realloc(block, size);
}
