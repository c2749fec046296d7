/*
 * C++'s operators new and delete, preloaded: everything that a program built with -fsized-deallocation (GCC's default
 * from C++14) allocates with them, and nothing of C's malloc. The aligned forms remain libstdc++'s, on both sides.
 */
#include "heap.h"

static inline void *allocated(size_t size) {
  void *block = heap_allocate(size == 0 ? 1 : size);
  if (RARELY(block == NULL)) {
    abort();
  }
  return block;
}

static inline void freed(void *block, size_t size) {
  if (block != NULL) {
    heap_free(block, size == 0 ? 1 : size);
  }
}

SHOWN void *_Znwm(size_t size) { return allocated(size); }
SHOWN void *_Znam(size_t size) { return allocated(size); }
SHOWN void *_ZnwmRKSt9nothrow_t(size_t size, void *nothrow) { return (void)nothrow, allocated(size); }
SHOWN void *_ZnamRKSt9nothrow_t(size_t size, void *nothrow) { return (void)nothrow, allocated(size); }
SHOWN void _ZdlPv(void *block) { freed(block, UNKNOWN_SIZE); }
SHOWN void _ZdaPv(void *block) { freed(block, UNKNOWN_SIZE); }
SHOWN void _ZdlPvm(void *block, size_t size) { freed(block, size); }
SHOWN void _ZdaPvm(void *block, size_t size) { freed(block, size); }
