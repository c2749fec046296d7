/*
 * The host binding: the malloc of the process that loads this code, with the extended calls of jemalloc and mimalloc,
 * and C23's sized free, if they are proven to belong to that malloc.
 *
 * Every call goes through a pointer in this object, which works like a slot of the global offset table: it first points
 * to a function that makes the check, and afterwards to the allocator. So the check costs nothing once it is made, and
 * no block is allocated before it. A constructor makes the check when the object is loaded, because dladdr and dlopen
 * take the loader's lock; a call from an earlier constructor makes it first. All threads that make the check get the
 * same result.
 *
 * The check. A weak reference, to sdallocx for example, is null if no object defines the function. A reference that is
 * not null proves nothing: the function may belong to a jemalloc that a plug-in brought along, while malloc is glibc's.
 * So dladdr must name the same object for both. malloc itself may also be the wrong one: in an object that was opened
 * with RTLD_DEEPBIND it is libc's, although the program uses another malloc, from which strdup and all other objects
 * allocate. So malloc is looked up as the program's own executable sees it: by dlsym on dlopen(NULL).
 *
 * In a static executable there is no loader to ask: the weak references to dladdr, dlopen and dlsym are null, and plain
 * malloc is used, which is always right. Plain malloc is also used if the answer is doubtful: in an executable with a
 * fixed address that takes malloc's address, a PLT entry of the executable stands in for malloc, and dladdr names the
 * executable.
 *
 * The check allocates nothing.
 */
#include "rules.h"

#include <stdatomic.h>

#define WEAK __attribute__((weak))

extern __typeof(dlopen) dlopen WEAK;
extern __typeof(dlsym) dlsym WEAK;

extern void *mallocx(size_t, int) WEAK;
extern void *rallocx(void *, size_t, int) WEAK;
extern size_t xallocx(void *, size_t, size_t, int) WEAK;
extern void sdallocx(void *, size_t, int) WEAK;
extern size_t nallocx(size_t, int) WEAK;
extern int mallctl(const char *, void *, size_t *, void *, size_t) WEAK;

/* Not in a table: where this object is part of an executable, a linker may make weak references in its data null. */
#define MIMALLOC_CALLS(prefix)                                                                                        \
  extern void *prefix##mi_malloc_aligned(size_t, size_t) WEAK;                                                        \
  extern void *prefix##mi_zalloc_aligned(size_t, size_t) WEAK;                                                        \
  extern void *prefix##mi_realloc_aligned(void *, size_t, size_t) WEAK;                                               \
  extern void *prefix##mi_expand(void *, size_t) WEAK;                                                                \
  extern size_t prefix##mi_usable_size(const void *) WEAK;                                                            \
  extern size_t prefix##mi_good_size(size_t) WEAK;

MIMALLOC_CALLS(one_) /* of the mimalloc that onemalloc puts into processes, with names of its own */
MIMALLOC_CALLS()     /* of any other */

extern void free_sized(void *, size_t) WEAK;
extern size_t malloc_usable_size(void *) WEAK;

enum kind { UNKNOWN, PLAIN, JEMALLOC, MIMALLOC, OWN_MIMALLOC };

static void *first_malloc(size_t size);
static void *first_calloc(size_t count, size_t size);
static void *first_realloc(void *block, size_t size);
static int first_posix_memalign(void **block, size_t alignment, size_t size);
static void first_free(void *block);
static void first_sized(void *block, size_t size, int flags);

/* the type of sdallocx; the flags are 0 */
typedef void sized_free(void *block, size_t size, int flags);

static _Atomic(__typeof(malloc) *) its_malloc = first_malloc;
static _Atomic(__typeof(calloc) *) its_calloc = first_calloc;
static _Atomic(__typeof(realloc) *) its_realloc = first_realloc;
static _Atomic(__typeof(posix_memalign) *) its_posix_memalign = first_posix_memalign;
static _Atomic(__typeof(free) *) its_free = first_free;
static _Atomic(sized_free *) its_sized_free = first_sized; /* null if plain free is used */
static _Atomic(enum kind) its_kind = UNKNOWN;
static const char *_Atomic its_provider = "";
static const char *_Atomic its_reason = "";

/* Every value is right by itself whenever it is read, so no order among the values is needed. */
#define GET(pointer) atomic_load_explicit(&(pointer), memory_order_relaxed)
#define SET(pointer, value) atomic_store_explicit(&(pointer), (value), memory_order_relaxed)

static bool is_of(const void *base, const void *function) {
  Dl_info info;
  return function != NULL && dladdr(function, &info) != 0 && info.dli_fbase == base;
}

/*
 * C23 lets the allocator insist on the requested size. The seam allows sizes up to the usable size, so free_sized is
 * used only if the two sizes are equal. free_aligned_sized is not used: it is for blocks of aligned_alloc alone (C23,
 * 7.24.3.5), and such calls are rare.
 */
static void exact_sized(void *block, size_t size, int flags) {
  (void)flags;
  free_sized(block, size);
}

/*
 * Frees the first block, and finds out by trial whether sizes are exact: this runs after the check, so it may allocate.
 */
static void try_exact_sized(void *block, size_t size, int flags) {
  (void)size;
  (void)flags;
  bool exact = true;
  for (size_t n = 1; n < 8192; n = n * 3 + 4) {
    void *probe = GET(its_malloc)(n);
    exact = exact && probe != NULL && malloc_usable_size(probe) == n;
    GET(its_free)(probe);
  }
  SET(its_reason, exact ? "free_sized: sizes are exact here" : "none: free_sized may require the exact size here");
  SET(its_sized_free, exact ? exact_sized : NULL);
  GET(its_free)(block);
}

#define HAS_MIMALLOC(base, prefix)                                                                                    \
  (is_of(base, prefix##mi_malloc_aligned) && is_of(base, prefix##mi_zalloc_aligned) &&                                \
   is_of(base, prefix##mi_realloc_aligned) && is_of(base, prefix##mi_expand) &&                                       \
   is_of(base, prefix##mi_usable_size) && is_of(base, prefix##mi_good_size))

/* Returns the kind of extended calls that the provider of malloc, the object at this base address, defines. */
static enum kind recognise(const void *base, sized_free **sized, const char **reason) {
  *sized = NULL;
  if (is_of(base, mallocx) && is_of(base, rallocx) && is_of(base, xallocx) && is_of(base, sdallocx) &&
      is_of(base, nallocx) && is_of(base, mallctl)) {
    *sized = sdallocx;
    *reason = "mallocx, rallocx, xallocx, sdallocx, nallocx";
    return JEMALLOC;
  }
  bool own = HAS_MIMALLOC(base, one_);
  if (own || HAS_MIMALLOC(base, )) {
    *reason = "mi_malloc_aligned, mi_zalloc_aligned, mi_realloc_aligned, mi_expand, mi_good_size";
    return own ? OWN_MIMALLOC : MIMALLOC;
  }
  if (is_of(base, free_sized) && is_of(base, malloc_usable_size)) {
    *sized = try_exact_sized;
    *reason = "free_sized is tried at the first free";
    return PLAIN;
  }
  *reason = mallocx != NULL || mi_malloc_aligned != NULL || one_mi_malloc_aligned != NULL
                ? "none: there are some, but of another object than malloc"
                : "none: malloc's object has none that are known";
  return PLAIN;
}

/*
 * Looks up a function as the executable sees it; the result is this object's own reference if there is no loader to
 * ask.
 */
static void *of_program(void *program, const char *name, void *ours) {
  void *function = program == NULL ? NULL : dlsym(program, name);
  return function == NULL ? ours : function;
}
#define OF_PROGRAM(name) (__typeof(&name))of_program(program, #name, (void *)name)

static void look_up(void) {
  bool asked = dladdr != NULL && dlopen != NULL && dlsym != NULL;
  void *program = asked ? dlopen(NULL, RTLD_LAZY) : NULL;
  __typeof(&malloc) found_malloc = OF_PROGRAM(malloc);
  __typeof(&calloc) found_calloc = OF_PROGRAM(calloc);
  __typeof(&realloc) found_realloc = OF_PROGRAM(realloc);
  __typeof(&posix_memalign) found_posix_memalign = OF_PROGRAM(posix_memalign);
  __typeof(&free) found_free = OF_PROGRAM(free);
  sized_free *sized = NULL;
  const char *reason = "none: there is no loader to ask whose they are";
  enum kind kind = PLAIN;
  Dl_info info;
  if (asked && dladdr((void *)found_malloc, &info) != 0) {
    bool whole = is_of(info.dli_fbase, found_calloc) && is_of(info.dli_fbase, found_realloc) &&
                 is_of(info.dli_fbase, found_posix_memalign) && is_of(info.dli_fbase, found_free);
    reason = "none: malloc, calloc, realloc, posix_memalign and free are not of one object";
    kind = whole ? recognise(info.dli_fbase, &sized, &reason) : PLAIN;
    SET(its_provider, info.dli_fname);
  }
  SET(its_malloc, found_malloc);
  SET(its_calloc, found_calloc);
  SET(its_realloc, found_realloc);
  SET(its_posix_memalign, found_posix_memalign);
  SET(its_free, found_free);
  SET(its_reason, reason);
  SET(its_sized_free, sized);
  SET(its_kind, kind);
}

/* 101: before the constructors of the same object that have no priority (0 to 100 are the compiler's). */
__attribute__((constructor(101))) static void at_load(void) {
  if (GET(its_kind) == UNKNOWN) {
    look_up();
  }
}

static RARE void *first_malloc(size_t size) { return look_up(), GET(its_malloc)(size); }
static RARE void *first_calloc(size_t count, size_t size) { return look_up(), GET(its_calloc)(count, size); }
static RARE void *first_realloc(void *block, size_t size) { return look_up(), GET(its_realloc)(block, size); }
static RARE int first_posix_memalign(void **block, size_t alignment, size_t size) {
  return look_up(), GET(its_posix_memalign)(block, alignment, size);
}
static RARE void first_free(void *block) { look_up(), GET(its_free)(block); }
static RARE void first_sized(void *block, size_t size, int flags) {
  look_up();
  sized_free *sized = GET(its_sized_free);
  sized != NULL ? sized(block, size, flags) : GET(its_free)(block);
}

static enum kind kind_here(void) {
  at_load();
  return GET(its_kind);
}

static RARE void *allocate_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return is_legal(size, alignment) ? sentinel(alignment) : NULL;
  }
  switch (kind_here()) {
    case JEMALLOC: return mallocx(size, mallocx_flags(size, alignment));
    case MIMALLOC: return mi_malloc_aligned(size, alignment);
    case OWN_MIMALLOC: return one_mi_malloc_aligned(size, alignment);
    default: return aligned_block(GET(its_posix_memalign), size, alignment);
  }
}

SEAM void *onemalloc_allocate(size_t size, size_t alignment) {
  return LIKELY(is_plain(size, alignment)) ? GET(its_malloc)(size) : allocate_aligned(size, alignment);
}

static RARE void *allocate_zeroed_aligned(size_t size, size_t alignment) {
  if (size == 0 || !is_legal(size, alignment)) {
    return allocate_aligned(size, alignment);
  }
  switch (kind_here()) {
    case JEMALLOC: return mallocx(size, mallocx_flags(size, alignment) | MALLOCX_ZERO);
    case MIMALLOC: return mi_zalloc_aligned(size, alignment);
    case OWN_MIMALLOC: return one_mi_zalloc_aligned(size, alignment);
    default: return zeroed(allocate_aligned(size, alignment), size);
  }
}

SEAM void *onemalloc_allocate_zeroed(size_t size, size_t alignment) {
  return LIKELY(is_plain(size, alignment)) ? GET(its_calloc)(1, size) : allocate_zeroed_aligned(size, alignment);
}

static RARE void *reallocate_aligned(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (!is_legal(new_size, alignment)) {
    return NULL;
  }
  if (old_size == 0 || new_size == 0) {
    return reallocated_empty(block, old_size, new_size, alignment);
  }
  switch (kind_here()) {
    case JEMALLOC: return rallocx(block, new_size, mallocx_flags(new_size, alignment));
    case MIMALLOC: return mi_realloc_aligned(block, new_size, alignment);
    case OWN_MIMALLOC: return one_mi_realloc_aligned(block, new_size, alignment);
    default: return moved(block, old_size, new_size, alignment);
  }
}

SEAM void *onemalloc_reallocate(void *block, size_t old_size, size_t new_size, size_t alignment) {
  return LIKELY(old_size != 0 && is_plain(new_size, alignment))
             ? GET(its_realloc)(block, new_size)
             : reallocate_aligned(block, old_size, new_size, alignment);
}

SEAM size_t onemalloc_resize_in_place(void *block, size_t old_size, size_t new_size, size_t alignment) {
  if (old_size == 0 || new_size == 0 || !is_legal(new_size, alignment)) {
    return old_size;
  }
  switch (kind_here()) {
    case JEMALLOC: return xallocx(block, new_size, 0, mallocx_flags(new_size, alignment));
    case MIMALLOC: return expanded(mi_expand, mi_usable_size(block), block, old_size, new_size);
    case OWN_MIMALLOC: return expanded(one_mi_expand, one_mi_usable_size(block), block, old_size, new_size);
    default: return old_size;
  }
}

SEAM void onemalloc_deallocate(void *block, size_t size, size_t alignment) {
  sized_free *sized = GET(its_sized_free);
  if (sized != NULL && is_plain(size, alignment) && size <= SIZED_FREE_MAX) {
    sized(block, size, 0);
  } else if (LIKELY(size != 0)) {
    GET(its_free)(block);
  }
}

SEAM size_t onemalloc_usable_size(size_t size, size_t alignment) {
  if (size == 0) {
    return 0;
  }
  switch (kind_here()) {
    case JEMALLOC: return nallocx(size, mallocx_flags(size, alignment));
    case MIMALLOC: return is_plain(size, alignment) ? good_size(mi_good_size, size) : size;
    case OWN_MIMALLOC: return is_plain(size, alignment) ? good_size(one_mi_good_size, size) : size;
    default: return size;
  }
}

SEAM void onemalloc_statistics(struct onemalloc_statistics *statistics) {
  enum kind kind = kind_here();
  memset(statistics, 0, sizeof *statistics);
  statistics->allocator = kind == JEMALLOC                            ? "jemalloc"
                          : kind == MIMALLOC || kind == OWN_MIMALLOC ? "mimalloc"
                                                                     : "malloc";
  statistics->binding = "host";
  statistics->provider = GET(its_provider);
  statistics->extended = GET(its_reason);
  if (kind == JEMALLOC) {
    jemalloc_counts(mallctl, statistics);
  }
}
