package org.onemalloc.benchmarks.suite;

import java.util.List;
import java.util.function.Function;

/**
 * A workload of the suite, which exists in Java and in C under the same name.
 *
 * @param name the name in mimalloc-bench
 * @param work describes the work in some words
 * @param kernel makes the kernel of a lane
 */
record Workload(String name, String work, Function<Lane, Kernel> kernel) {
  /** Does nothing: its process shows the memory that a process takes for itself. */
  static final Workload NONE = new Workload("none", "nothing", lane -> Workload::pause);

  private static final List<Workload> ALL =
      List.of(
          new Workload("larson", "a server's blocks, freed by later threads", Larson::new),
          new Workload("larson-sized", "the same, C frees with the size", Larson::new),
          new Workload("xmalloc-test", "one thread allocates, another frees", XmallocTest::new),
          new Workload("mstress", "blocks that outlive or change their thread", Mstress::new),
          new Workload("rptest", "5,000 live blocks of 16 B to 16 KB", Rptest::new),
          new Workload("alloc-test", "few large blocks, few busy slots", AllocTest::new),
          new Workload("sh6bench", "freed newest first and oldest first", Sh6bench::sh6),
          new Workload("sh8bench", "the same, a third freed by others", Sh6bench::sh8),
          new Workload("cache-scratch", "writes; blocks once shared a line", CacheLines::scratch),
          new Workload("cache-thrash", "writes to blocks of 8 B", CacheLines::thrash),
          new Workload("glibc-simple", "one size, freed in order", Glibc.Simple::new),
          new Workload("glibc-thread", "1,024 random slots, 4 B to 32 KB", Glibc.Threads::new),
          new Workload("malloc-large", "blocks of 5 to 25 MB", MallocLarge::new),
          new Workload("cfrac", "long numbers", Cfrac::new),
          new Workload("espresso", "lists of sets of bits", Espresso::new));

  /** Returns all workloads in the order of the table. */
  static List<Workload> all() {
    return ALL;
  }

  /** Returns the workload of this name, {@link #NONE} included. */
  static Workload named(String name) {
    if (name.equals(NONE.name)) {
      return NONE;
    }
    return ALL.stream()
        .filter(workload -> workload.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("There is no workload " + name + "."));
  }

  private static long pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException("A lane was interrupted.", e);
    }
    return 0;
  }
}
