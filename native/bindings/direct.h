/*
 * What the direct bindings ask once: is malloc still the allocator's that the executable was linked with?
 *
 * The link step made it so, and then somebody starts the program with LD_PRELOAD. malloc, calloc, realloc and free
 * are taken by name, as by everybody else in the process, and remain one heap, whoever provides them. The extended
 * calls are not: mallocx would still be that of the linked jemalloc, and its block be freed in the other heap. So they
 * are used only while they are of the same object as malloc; else the binding does what the host binding does there,
 * the polyfill over the C functions.
 *
 * A constructor asks, since dladdr takes the loader's lock; a call from an earlier constructor asks first. All threads
 * that do so find the same.
 */
#ifndef ONEMALLOC_DIRECT_H
#define ONEMALLOC_DIRECT_H

#include "rules.h"

struct extended {
  const char *allocator;          /* whose calls they are */
  const char *calls;              /* their names, for people */
  const void *const *functions;   /* their addresses, ending with NULL */
};

/* Defined by each binding. */
static const struct extended own_calls;

#ifdef ONEMALLOC_STATIC

/* A fully static program has what its archive has, and nobody can put anything before it. */
static inline bool is_own(void) { return true; }

static inline void describe(struct onemalloc_statistics *statistics) {
  statistics->allocator = own_calls.allocator;
  statistics->provider = "";
  statistics->extended = own_calls.calls;
}

#else

#include <stdatomic.h>

extern __typeof(dlsym) dlsym __attribute__((weak));

enum verdict { UNKNOWN, OWN, FOREIGN };

static _Atomic(enum verdict) its_verdict = UNKNOWN;
static const char *_Atomic its_provider = "";

/*
 * malloc as the other objects find it, behind this executable: in one of fixed address that takes malloc's address, a
 * PLT entry of its own stands in for it.
 */
static RARE enum verdict look_up(void) {
  Dl_info heap;
  Dl_info other;
  const void *found = dlsym == NULL || dladdr == NULL ? NULL : dlsym(RTLD_NEXT, "malloc");
  enum verdict verdict = FOREIGN;
  if (found != NULL && dladdr(found, &heap) != 0) {
    verdict = OWN;
    for (const void *const *each = own_calls.functions; *each != NULL; each++) {
      if (dladdr(*each, &other) == 0 || other.dli_fbase != heap.dli_fbase) {
        verdict = FOREIGN;
      }
    }
    atomic_store_explicit(&its_provider, heap.dli_fname, memory_order_relaxed);
  }
  atomic_store_explicit(&its_verdict, verdict, memory_order_relaxed);
  return verdict;
}

/* 101: before the constructors of the same object that ask for no place (0 to 100 are the compiler's). */
__attribute__((constructor(101))) static void at_load(void) { look_up(); }

static inline bool is_own(void) {
  enum verdict verdict = atomic_load_explicit(&its_verdict, memory_order_relaxed);
  return LIKELY(verdict == OWN) || (verdict == UNKNOWN && look_up() == OWN);
}

static inline void describe(struct onemalloc_statistics *statistics) {
  bool own = is_own();
  statistics->allocator = own ? own_calls.allocator : "malloc";
  statistics->provider = atomic_load_explicit(&its_provider, memory_order_relaxed);
  statistics->extended = own ? own_calls.calls : "none: malloc is not that of the allocator linked with";
}

#endif

#endif
