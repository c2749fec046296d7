/*
 * The check that the direct bindings make once: is malloc still that of the allocator linked with the executable?
 *
 * After the link step it is, but a user may start the program with LD_PRELOAD. malloc, calloc, realloc and free are
 * bound by name, as in all other objects of the process, and remain one heap, whichever object provides them. The
 * extended calls do not follow them: mallocx would still be that of the linked jemalloc, and its blocks would be freed
 * in the other heap. So the extended calls are used only if the object that provides malloc provides them too.
 * Otherwise the binding uses the polyfill over the C functions, as the host binding does.
 *
 * A constructor makes the check, because dladdr takes the loader's lock; a call from an earlier constructor makes it
 * first. All threads that make the check get the same result. The sized free, which most calls of deallocate end in,
 * goes through a pointer that the check sets, as in the host binding, so that it costs no check of its own.
 *
 * The plain calls are here, and are one jump after the rule. All other calls are out of line, in each binding: a
 * compiler that inlines them gives their stack frame to the plain calls too (GCC 12: 0.5 % of protoc's instructions).
 */
#ifndef ONEMALLOC_DIRECT_H
#define ONEMALLOC_DIRECT_H

#include "rules.h"

struct extended {
  const char *allocator;          /* the allocator that provides them */
  const char *calls;              /* their names, for the user */
  const void *const *functions;   /* their addresses, ending with NULL */
};

/* the type of sdallocx; the flags are 0 */
typedef void sized_free(void *block, size_t size, int flags);

/* Defined by each binding. */
static const struct extended own_calls;
static sized_free *const own_sized_free; /* null if it has none, or none worth calling */

#ifdef ONEMALLOC_STATIC

/* A fully static program has the functions of its archive, and no other object can come before them. */
static inline bool is_own(void) { return true; }

/* Returns the sized free to use; null for plain free. */
static inline sized_free *sized_free_here(void) { return own_sized_free; }

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

static void first_sized(void *block, size_t size, int flags);
static _Atomic(sized_free *) its_sized_free = first_sized;

/*
 * Looks up malloc as the other objects find it, after this executable. In an executable with a fixed address that takes
 * malloc's address, a PLT entry of the executable stands in for malloc.
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
  atomic_store_explicit(&its_sized_free, verdict == OWN ? own_sized_free : NULL, memory_order_relaxed);
  atomic_store_explicit(&its_verdict, verdict, memory_order_relaxed);
  return verdict;
}

static inline sized_free *sized_free_here(void) {
  return atomic_load_explicit(&its_sized_free, memory_order_relaxed);
}

static RARE void first_sized(void *block, size_t size, int flags) {
  if (look_up() == OWN && own_sized_free != NULL) {
    own_sized_free(block, size, flags);
  } else {
    free(block);
  }
}

/* 101: before the constructors of the same object that have no priority (0 to 100 are the compiler's). */
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

/* Defined by each binding: the calls that plain malloc cannot serve, those for size 0 and the illegal ones. */
static RARE void *allocate_aligned(size_t size, size_t alignment);
static RARE void *allocate_zeroed_aligned(size_t size, size_t alignment);
static RARE void *reallocate_aligned(void *block, size_t old_size, size_t new_size, size_t alignment);

SEAM void *onemalloc_allocate(size_t size, size_t alignment) {
  return LIKELY(is_plain(size, alignment)) ? malloc(size) : allocate_aligned(size, alignment);
}

SEAM void *onemalloc_allocate_zeroed(size_t size, size_t alignment) {
  return LIKELY(is_plain(size, alignment)) ? calloc(1, size) : allocate_zeroed_aligned(size, alignment);
}

SEAM void *onemalloc_reallocate(void *block, size_t old_size, size_t new_size, size_t alignment) {
  return LIKELY(old_size != 0 && is_plain(new_size, alignment))
             ? realloc(block, new_size)
             : reallocate_aligned(block, old_size, new_size, alignment);
}

#endif
