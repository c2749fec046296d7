/*
 * What stands behind Rust's four functions (rust.c) and C++'s operators (cpp.c) in each way. Two ways that are compared
 * differ in one thing of these only, and both are this code: a shim adds instructions, so no way with a shim is ever
 * compared with one that has none, but for the control that says how much the shim is.
 *
 *   PASS    malloc and free of the process, by the PLT
 *   SIZED   the same, and blocks freed with their sizes by jemalloc's sdallocx
 *   SIZED4K up to 4 KB with sizes, larger ones without: the rule of onemalloc's bindings
 *   COPY    PASS, and a block never grows by realloc: allocate, copy, free
 *   WEAK    as SIZED, through pointers that a constructor has checked: sdallocx only if it is of malloc's own object
 *   OTHER   as SIZED, through a function of another library
 *   LIBC    glibc's own functions, whatever malloc is
 *   SEAM    the functions of onemalloc.h, in the binding that the shim is linked with
 *
 * A shim that is linked with jemalloc's archive, hidden, has a heap of its own (PASS or SIZED).
 */
#ifndef HEAP_H
#define HEAP_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PASS 0
#define SIZED 1
#define SIZED4K 2
#define COPY 3
#define WEAK 4
#define OTHER 5
#define LIBC 6
#define SEAM 7

#define SHOWN __attribute__((visibility("default")))
#define RARELY(condition) __builtin_expect(!!(condition), 0)

void *mallocx(size_t, int);
void *rallocx(void *, size_t, int);
void sdallocx(void *, size_t, int);

#if defined COUNT || defined BLOCKS
#include "note.h"
#else
#define NOTE_ALLOCATED(block, size) (block)
#define NOTE_FREED(block, size) ((void)0)
#define NOTE_GROWN(block) ((void)0)
#define NOTE_GREW(block) (block)
#endif

#define UNKNOWN_SIZE SIZE_MAX

#if WAY == LIBC
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);
#define malloc __libc_malloc
#define calloc __libc_calloc
#define realloc __libc_realloc
#define free __libc_free
#elif WAY == WEAK
extern __typeof(sdallocx) sdallocx __attribute__((weak));
typedef void sized_free(void *, size_t, int);
static __typeof(malloc) *its_malloc = malloc;
static __typeof(calloc) *its_calloc = calloc;
static __typeof(realloc) *its_realloc = realloc;
static sized_free *its_sized_free; /* null where free serves */

__attribute__((constructor(101))) static void check(void) {
  Dl_info heap, sized;
  its_malloc = (__typeof(&malloc))dlsym(RTLD_DEFAULT, "malloc");
  its_calloc = (__typeof(&calloc))dlsym(RTLD_DEFAULT, "calloc");
  its_realloc = (__typeof(&realloc))dlsym(RTLD_DEFAULT, "realloc");
  if (sdallocx != NULL && dladdr((void *)its_malloc, &heap) && dladdr((void *)sdallocx, &sized) &&
      heap.dli_fbase == sized.dli_fbase) {
    its_sized_free = sdallocx;
  }
}
#define malloc (*(__typeof(&malloc) volatile *)&its_malloc)
#define calloc (*(__typeof(&calloc) volatile *)&its_calloc)
#define realloc (*(__typeof(&realloc) volatile *)&its_realloc)
#elif WAY == OTHER
void *other_malloc(size_t);
void *other_calloc(size_t, size_t);
void *other_realloc(void *, size_t);
void other_free(void *);
void other_sized_free(void *, size_t);
#define malloc other_malloc
#define calloc other_calloc
#define realloc other_realloc
#define free other_free
#elif WAY == SEAM
#include "onemalloc.h"
#endif

static inline void *heap_allocate(size_t size) {
#if WAY == SEAM
  return onemalloc_allocate(size, size < 16 ? 8 : 16);
#else
  return NOTE_ALLOCATED(malloc(size), size);
#endif
}

static inline void heap_free(void *block, size_t size) {
  NOTE_FREED(block, size);
#if WAY == SIZED || WAY == SIZED4K || WAY == OTHER || WAY == WEAK || WAY == SEAM
  if (size != UNKNOWN_SIZE) {
#if WAY == SIZED
    sdallocx(block, size, 0);
#elif WAY == SIZED4K
    if (RARELY(size > 4096)) {
      free(block);
    } else {
      sdallocx(block, size, 0);
    }
#elif WAY == OTHER
    other_sized_free(block, size);
#elif WAY == SEAM
    onemalloc_deallocate(block, size, size < 16 ? 8 : 16);
#else
    sized_free *sized = *(sized_free *volatile *)&its_sized_free;
    if (RARELY(sized == NULL)) {
      free(block);
    } else {
      sized(block, size, 0);
    }
#endif
    return;
  }
#endif
  free(block);
}

static inline void *heap_grown(void *block, size_t old_size, size_t new_size) {
  NOTE_GROWN(block);
#if WAY == COPY
  void *copy = malloc(new_size);
  if (copy != NULL) {
    memcpy(copy, block, old_size < new_size ? old_size : new_size);
    free(block);
  }
  return copy;
#elif WAY == SEAM
  return onemalloc_reallocate(block, old_size, new_size, 16);
#else
  (void)old_size;
  return NOTE_GREW(realloc(block, new_size));
#endif
}

#endif
