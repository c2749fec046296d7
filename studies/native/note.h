/*
 * COUNT: how often the shim was called, written to the file that STUDY_COUNTS names.
 * BLOCKS: whose every freed block is, written to the file that STUDY_BLOCKS names. The live blocks of the shim are kept
 * in a table; what it frees must be there, and what C frees (cfree.c) must not. jemalloc's arenas.lookup would say it
 * too, but in 5.3.0 it crashes on an address that is not jemalloc's.
 * One run has one counter that writes, and a file of its own: two that write one file lose figures.
 */
#ifndef NOTE_H
#define NOTE_H

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

enum { ALLOCATED, FREED, SIZED_FREED, LARGE_FREED, GROWN, BYTES, ASKED, FOREIGN, NOTES };
static _Atomic long notes[NOTES];
#define NOTE(which, by) atomic_fetch_add_explicit(&notes[which], (long)(by), memory_order_relaxed)

#ifdef BLOCKS
/* An open table with linear probing: room for 2^24 addresses, of which the kernel gives what is touched. */
#define PLACES ((size_t)1 << 24)
static void **places;
static atomic_flag taken = ATOMIC_FLAG_INIT;

static size_t place_of(const void *block) { return ((uintptr_t)block >> 4) * 0x9E3779B97F4A7C15u >> 40; }

static size_t find(const void *block) {
  size_t at = place_of(block);
  while (places[at] != NULL && places[at] != block) {
    at = (at + 1) % PLACES;
  }
  return at;
}

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire)) {
  }
  if (places == NULL) {
    places = mmap(NULL, PLACES * sizeof *places, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (places == MAP_FAILED) {
      abort();
    }
  }
}

static void unlock(void) { atomic_flag_clear_explicit(&taken, memory_order_release); }

static void *born(void *block) {
  if (block != NULL) {
    lock();
    places[find(block)] = block;
    unlock();
  }
  return block;
}

/* Those that follow move up, so that no search ends early. */
static void removed(size_t hole) {
  for (size_t at = (hole + 1) % PLACES; places[at] != NULL; at = (at + 1) % PLACES) {
    if ((at - place_of(places[at])) % PLACES >= (at - hole) % PLACES) {
      places[hole] = places[at];
      hole = at;
    }
  }
  places[hole] = NULL;
}

static void ask(void *block, int mine) {
  if (block == NULL) {
    return;
  }
  lock();
  size_t at = find(block);
  NOTE(ASKED, 1);
  NOTE(FOREIGN, (places[at] != NULL) != mine);
  if (places[at] != NULL) {
    removed(at);
  }
  unlock();
}

SHOWN void study_c_frees(void *block) { ask(block, 0); }
#else
#define born(block) (block)
#define ask(block, mine) ((void)0)
#endif

#define NOTE_ALLOCATED(block, size) (NOTE(ALLOCATED, 1), NOTE(BYTES, size), born(block))
#define NOTE_FREED(block, size)                                                                       \
  (ask(block, 1), NOTE(FREED, 1), NOTE(SIZED_FREED, (size) != SIZE_MAX), NOTE(LARGE_FREED, (size) > 4096 && (size) != SIZE_MAX))
#define NOTE_GROWN(block) (ask(block, 1), NOTE(GROWN, 1))
#define NOTE_GREW(block) born(block)

__attribute__((destructor)) static void told(void) {
#ifdef BLOCKS
  const char *name = getenv("STUDY_BLOCKS");
#else
  const char *name = getenv("STUDY_COUNTS");
#endif
  FILE *file = name == NULL ? NULL : fopen(name, "w");
  if (file != NULL) {
    fprintf(file, "{\"allocated\": %ld, \"freed\": %ld, \"sized\": %ld, \"above4k\": %ld, \"grown\": %ld, \"bytes\": %ld, "
            "\"asked\": %ld, \"foreign\": %ld}\n",
            notes[ALLOCATED], notes[FREED], notes[SIZED_FREED], notes[LARGE_FREED], notes[GROWN], notes[BYTES],
            notes[ASKED], notes[FOREIGN]);
    fclose(file);
  }
}

#endif
