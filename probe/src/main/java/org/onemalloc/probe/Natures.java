package org.onemalloc.probe;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.Resident;

/** The kind that a mapping has by its file, its name, its flags and its neighbours. */
final class Natures implements Census.Nature {
  private static final Set<String> UNRESERVING = Set.of("jemalloc", "mimalloc");

  private final boolean mapsUnreserved;
  private final String javaHome = System.getProperty("java.home") + "/";

  /** The files of which a mapping is executable. */
  private final Set<String> libraries = new HashSet<>();

  /** Where the zero-initialised data of a library begins: at the end of its writable data. */
  private final Set<Long> dataEnds = new HashSet<>();

  /**
   * Learns the libraries.
   *
   * @param mappings all mappings of the process
   * @param allocator the kind of allocator that serves it
   */
  Natures(List<Resident> mappings, String allocator) {
    mapsUnreserved = UNRESERVING.contains(allocator);
    for (Resident resident : mappings) {
      Mapping mapping = resident.mapping();
      if (mapping.isOfFile() && mapping.isExecutable()) {
        libraries.add(mapping.file());
      }
    }
    for (Resident resident : mappings) {
      Mapping mapping = resident.mapping();
      if (mapping.isWritable() && libraries.contains(mapping.file())) {
        dataEnds.add(mapping.end());
      }
    }
  }

  @Override
  public MemoryKind of(Resident resident) {
    Mapping mapping = resident.mapping();
    if (mapping.inode() != 0) {
      return ofFile(mapping);
    }
    if (mapping.isAnonymous()) {
      return ofAnonymous(resident);
    }
    return ofName(mapping.file());
  }

  private MemoryKind ofFile(Mapping mapping) {
    String file = mapping.file();
    if (file.startsWith("/memfd:java_heap")) {
      return MemoryKind.JAVA_HEAP; // ZGC, in ZPhysicalMemoryBacking of JDK 17 to 25
    }
    boolean isImage = libraries.contains(file) || file.startsWith(javaHome);
    return isImage ? MemoryKind.LIBRARIES : MemoryKind.FILES;
  }

  private MemoryKind ofAnonymous(Resident resident) {
    Mapping mapping = resident.mapping();
    if (dataEnds.contains(mapping.start())) {
      return MemoryKind.LIBRARIES;
    }
    boolean isAllocators =
        mapsUnreserved && resident.isUnreserved() && mapping.access().equals("rw-p");
    return isAllocators ? MemoryKind.ALLOCATOR : MemoryKind.OTHER;
  }

  /** The kernel's names, and those of prctl(PR_SET_VMA_ANON_NAME). */
  private static MemoryKind ofName(String name) {
    if (name.equals("[heap]")) {
      return MemoryKind.ALLOCATOR;
    }
    if (name.equals("[stack]") || name.startsWith("[anon: glibc: pthread")) {
      return MemoryKind.THREAD_STACKS;
    }
    if (!name.startsWith("[anon")) {
      return MemoryKind.LIBRARIES; // [vdso], [vvar], [vsyscall]: the kernel's own library
    }
    boolean isAllocators =
        name.contains("malloc") || name.contains("jemalloc") || name.contains("mimalloc");
    return isAllocators ? MemoryKind.ALLOCATOR : MemoryKind.OTHER;
  }
}
