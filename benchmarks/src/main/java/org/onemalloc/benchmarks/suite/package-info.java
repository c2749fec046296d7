/**
 * The workloads that authors of allocators measure with, on the heap and in C: {@code ./bench
 * suite}.
 *
 * <p>The names are those of the collection mimalloc-bench (Leijen, <a
 * href="https://github.com/daanx/mimalloc-bench">github.com/daanx/mimalloc-bench</a>), whose
 * programs have many authors. Nothing here is their code: each {@link
 * org.onemalloc.benchmarks.suite.Kernel} has a specification of its own in its Javadoc, made from
 * what a workload is described to do, and is written from it twice, here and in {@code
 * src/main/c/suite}. Figures are therefore not comparable with those of the original programs.
 *
 * <p>Both languages allocate, free and choose in the same order, from the same random numbers
 * ({@link org.onemalloc.benchmarks.suite.Numbers}). A checksum over sizes and indices proves it in
 * each process that is measured. C frees by address alone, as its programs do; Java keeps the size
 * of each block beside its address, which the seam requires.
 */
package org.onemalloc.benchmarks.suite;
