package org.onemalloc.inspect.privateallocator;

import java.util.List;

/**
 * An allocator and the texts that its code contains, all of which must be in the file.
 *
 * <p>They are messages of the allocator's own sources, which no library that merely uses, tunes or
 * looks for the allocator repeats. Names of functions and pools are not used if a stripped file
 * loses them or if callers have them too: {@code jemalloc_memory_pool} is in an Arrow without
 * jemalloc, {@code mallctl} in RocksDB, {@code tcmalloc.max_total_thread_cache_bytes} in programs
 * that tune tcmalloc, {@code TCMALLOC_STACKTRACE_METHOD} in gperftools' profiler.
 *
 * @param name its name in results
 * @param marks texts in Latin-1
 * @param unless a text that excludes the allocator; empty for none
 */
record KnownAllocator(String name, List<String> marks, String unless) {

  static final List<KnownAllocator> ALL =
      List.of(
          // src/malloc_io.c and jemalloc.c; the variable has the build's prefix before it.
          of("jemalloc", "<jemalloc>: ", "MALLOC_CONF"),
          // src/options.c; the same in versions 1, 2 and 3.
          of("mimalloc", "mimalloc: error: ", "mimalloc: warning: "),
          // gperftools src/tcmalloc.cc and google/tcmalloc global_stats.cc have these in common.
          of("tcmalloc", "Bytes in central cache freelist", "Bytes in transfer cache freelist"),
          // src/snmalloc/ds/pagemap.h
          of("snmalloc", "Failed to initialise snmalloc."),
          // It has no messages: recognised by its functions.
          of("rpmalloc", "\0rpmalloc_initialize\0", "\0rpmalloc_thread_initialize\0"),
          of("rpmalloc", "Java_org_lwjgl_system_rpmalloc_RPmalloc_"),
          // malloc.c, malloc_stats; glibc's has %10u there.
          of("dlmalloc", "max system bytes = %10lu", "in use bytes     = %10lu"),
          // libffi has a copy for its trampolines, which holds no data.
          new KnownAllocator(
              "dlmalloc",
              List.of("\0dlmalloc\0", "\0dlcalloc\0", "\0dlrealloc\0"),
              "ffi_closure_alloc"),
          // src/source/libhoard.cpp
          of("Hoard", "Using the Hoard memory allocator (http://www.hoard.org)"),
          // compiler-rt lib/scudo/standalone/report.cpp and flags_parser.cpp
          of("scudo", "Scudo ERROR: ", "SCUDO_OPTIONS"),
          // Chromium base/trace_event and partition_alloc's memory dumps
          of("PartitionAlloc", "partition_alloc/partitions", "partition_alloc/allocated_objects"),
          // oneTBB src/tbbmalloc/frontend.cpp
          of("tbbmalloc", "TBBmalloc: VERSION"),
          // cmd/link: the head of what debug/buildinfo reads. Go has no other allocator.
          of("Go runtime", "\u00ff Go buildinf:"));

  private static KnownAllocator of(String name, String... marks) {
    return new KnownAllocator(name, List.of(marks), "");
  }

  /** Returns all texts to search for. */
  List<String> texts() {
    return unless.isEmpty() ? marks : List.of(marks.get(0), marks.get(1), marks.get(2), unless);
  }
}
