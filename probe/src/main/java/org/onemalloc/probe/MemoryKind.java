package org.onemalloc.probe;

import java.util.Locale;

/**
 * What a part of the resident memory is for. Every byte has exactly one kind; what is not
 * recognised is {@link #OTHER}.
 */
public enum MemoryKind {
  /** The Java heap. With ZGC of JDK 17 each page is mapped, and so counted, up to three times. */
  JAVA_HEAP,

  /** Metaspace, the class space, and the mapped archives of class data sharing. */
  CLASSES,

  /** The code cache: compiled methods, and stubs of the virtual machine. */
  CODE_CACHE,

  /**
   * The card table and the mark bitmaps of the garbage collector, where the virtual machine prints
   * them. Its other structures are in {@link #OTHER}, or in {@link #ALLOCATOR}.
   */
  COLLECTOR,

  /**
   * The stacks of all threads, native ones included, and those that glibc keeps for the next
   * thread. In a process of musl only that of the first thread.
   */
  THREAD_STACKS,

  /**
   * The memory of the allocator behind {@code malloc}, in use or free, whoever allocated it: {@code
   * [heap]}, and
   *
   * <ul>
   *   <li>the heaps of glibc's arenas and its blocks with a mapping of their own, each recognised
   *       by its header, also while another allocator serves the process;
   *   <li>mappings that the kernel names after glibc's malloc, jemalloc or mimalloc ({@code
   *       PR_SET_VMA_ANON_NAME});
   *   <li>if jemalloc or mimalloc serves the process: anonymous mappings with the flag {@code nr},
   *       by which they map, and by which the virtual machine does not map memory that it uses.
   *       Where the system does not overcommit (vm.overcommit_memory=2), they are in {@link
   *       #OTHER}.
   * </ul>
   */
  ALLOCATOR,

  /**
   * Code and data of the program and its libraries, their zero-initialised data included, and the
   * files of the Java image, such as {@code lib/modules}.
   */
  LIBRARIES,

  /** Other files that are mapped, such as those of a MappedByteBuffer, and shared memory. */
  FILES,

  /**
   * Anonymous memory that is none of these: structures of the virtual machine and its collector,
   * and what native code has mapped itself.
   */
  OTHER;

  /**
   * Returns the name in metrics.
   *
   * @return the name in lower case, as in {@code java_heap}
   */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
