/* Tests that the binding that was linked in keeps the contract of onemalloc.h. Ends at the first broken rule. */
#include "onemalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition) \
  do { \
    if (!(condition)) { \
      printf("line %d: %s (size %zu, alignment %zu)\n", __LINE__, #condition, size, alignment); \
      return 1; \
    } \
  } while (0)

static int is_filled(const char *block, size_t size, char with) {
  for (size_t i = 0; i < size; i++) {
    if (block[i] != with) {
      return 0;
    }
  }
  return 1;
}

static int one(size_t size, size_t alignment) {
  char *block = onemalloc_allocate(size, alignment);
  MUST(block != NULL && (uintptr_t)block % alignment == 0);
  size_t usable = onemalloc_usable_size(size, alignment);
  MUST(usable >= size);
  memset(block, 7, usable);
  size_t now = onemalloc_resize_in_place(block, size, size + 1, alignment);
  size_t held = now >= size + 1 ? size + 1 : size;
  MUST(is_filled(block, size, 7));
  size_t larger = 3 * size + 1;
  char *grown = onemalloc_reallocate(block, held, larger, alignment);
  MUST(grown != NULL && (uintptr_t)grown % alignment == 0 && is_filled(grown, size, 7));
  memset(grown, 8, larger);
  char *shrunk = onemalloc_reallocate(grown, larger, size, alignment);
  MUST(shrunk != NULL && (uintptr_t)shrunk % alignment == 0 && is_filled(shrunk, size, 8));
  /* the block may be freed with any legal size, or by C's free */
  switch (size % 3) {
    case 0: onemalloc_deallocate(shrunk, size, alignment); break;
    case 1: onemalloc_deallocate(shrunk, onemalloc_usable_size(size, alignment), alignment); break;
    default: free(shrunk);
  }
  char *zeros = onemalloc_allocate_zeroed(size, alignment);
  MUST(zeros != NULL && (uintptr_t)zeros % alignment == 0 && is_filled(zeros, size, 0));
  onemalloc_deallocate(zeros, size, alignment);
  return 0;
}

static int empty(size_t alignment) {
  size_t size = 0;
  char *none = onemalloc_allocate(0, alignment);
  MUST(none != NULL && (uintptr_t)none % alignment == 0);
  onemalloc_deallocate(none, 0, alignment);
  MUST(onemalloc_allocate_zeroed(0, alignment) != NULL);
  MUST(onemalloc_usable_size(0, alignment) == 0);
  char *grown = onemalloc_reallocate(none, 0, 50, alignment);
  MUST(grown != NULL && (uintptr_t)grown % alignment == 0);
  MUST(onemalloc_resize_in_place(grown, 50, 0, alignment) == 50);
  char *gone = onemalloc_reallocate(grown, 50, 0, alignment);
  MUST(gone != NULL && (uintptr_t)gone % alignment == 0);
  return 0;
}

static int refused(void) {
  size_t size = SIZE_MAX, alignment = 64;
  MUST(onemalloc_allocate((size_t)PTRDIFF_MAX - 62, 64) == NULL);
  for (alignment = 0; alignment < 100; alignment++) {
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
      for (size = 0; size < 200; size += 10) {
        MUST(onemalloc_allocate(size, alignment) == NULL);
        MUST(onemalloc_allocate_zeroed(size, alignment) == NULL);
      }
      char *kept = malloc(10);
      MUST(kept != NULL && onemalloc_reallocate(kept, 10, 20, alignment) == NULL);
      free(kept);
    }
  }
  size = SIZE_MAX, alignment = 64;
  MUST(onemalloc_allocate_zeroed(SIZE_MAX, 1) == NULL);
  char *block = onemalloc_allocate(64, 64);
  MUST(block != NULL);
  memset(block, 5, 64);
  MUST(onemalloc_reallocate(block, 64, SIZE_MAX, 64) == NULL);
  MUST(is_filled(block, 64, 5));
  onemalloc_deallocate(block, 64, 64);
  return 0;
}

int main(void) {
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    for (size_t size = 1; size < 300000; size += 1 + size / 7) {
      if (one(size, alignment) != 0) {
        return 1;
      }
    }
    if (empty(alignment) != 0) {
      return 1;
    }
  }
  if (refused() != 0) {
    return 1;
  }
  struct onemalloc_statistics s;
  onemalloc_statistics(&s);
  printf("kept by %s %s\n", s.binding, s.allocator);
  return 0;
}
