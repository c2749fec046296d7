package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * glibc's own heap in another process, read from its memory. If every allocation of a process goes
 * to another allocator, glibc's arenas are empty; otherwise memory escapes. Blocks above glibc's
 * mmap threshold (128 KiB at first) are outside the arenas and are counted separately.
 *
 * <p>What was not recognised is unknown, which is never zero: {@link #heldBytes} is known only if
 * both parts are, in every copy of glibc that the process has mapped.
 *
 * <p>Reading needs the right to trace the process (ptrace(2), "Ptrace access mode checking"); a
 * parent has it under every Yama setting but the two strictest. The process is not stopped, so the
 * figures may be taken at slightly different moments.
 *
 * @param arenas the number of arenas in use; 0 if malloc was never called, or if it is unknown
 * @param systemBytes memory that all arenas have from the kernel, in use or free; empty if the
 *     arenas of a copy of glibc were not recognised, so that the amount is unknown
 * @param mappedBytes memory of blocks with a mapping of their own, all in use ({@code hblkhd} of
 *     mallinfo2(3)); empty if it could not be found
 * @param leastBytes the memory that it has for certain, of all parts that are known; 0 says nothing
 *     if a part is unknown
 */
public record GlibcHeap(
    int arenas, OptionalLong systemBytes, OptionalLong mappedBytes, long leastBytes) {
  /*
   * libc's symbols are stripped, so its structures are found by their shape: those of the arenas
   * (GlibcArenas) and of the mapped blocks (GlibcMappings).
   *
   * Rejected: the symbol table (stripped), DWARF (not installed), "[heap]" in the maps (tcmalloc
   * uses brk itself; arenas of threads are not there), mallinfo2 through a debugger (stops the
   * process).
   */

  /** The most that is read of a mapping: libc's data has some 10 KB. */
  private static final long MOST_BYTES = 1 << 20;

  /** The writable data of one copy of libc: a part of one mapping, as it was read. */
  record Data(long start, ByteBuffer words) {}

  /**
   * Reads the state of glibc's heap in a process.
   *
   * @param pid a 64-bit process
   * @return the state; empty if the process has no shared glibc mapped
   * @throws IOException if the process has ended or may not be read
   */
  public static Optional<GlibcHeap> of(long pid) throws IOException {
    List<List<Mapping>> copies = copiesOfLibc(Mapping.of(pid));
    if (copies.isEmpty()) {
      return Optional.empty();
    }
    try (Memory memory = Memory.of(pid)) {
      List<GlibcHeap> heaps = new ArrayList<>();
      for (List<Mapping> copy : copies) {
        heaps.add(ofCopy(memory, copy));
      }
      return heaps.stream().reduce(GlibcHeap::plus);
    }
  }

  private static GlibcHeap ofCopy(Memory memory, List<Mapping> mappings) throws IOException {
    List<Data> data = new ArrayList<>();
    for (Mapping mapping : mappings) {
      int bytes = (int) Math.min(mapping.bytes(), MOST_BYTES);
      data.add(new Data(mapping.start(), memory.read(mapping.start(), bytes)));
    }
    Optional<GlibcArenas> arenas = GlibcArenas.in(memory, data);
    return new GlibcHeap(
        arenas.map(GlibcArenas::count).orElse(0),
        arenas.isPresent() ? OptionalLong.of(arenas.get().bytes()) : OptionalLong.empty(),
        GlibcMappings.bytes(data));
  }

  /** Creates the state of one copy of libc. */
  GlibcHeap(int arenas, OptionalLong systemBytes, OptionalLong mappedBytes) {
    this(arenas, systemBytes, mappedBytes, systemBytes.orElse(0) + mappedBytes.orElse(0));
  }

  /** Adds the heap of another copy of libc: dlmopen(3) and LD_AUDIT load one. */
  private GlibcHeap plus(GlibcHeap other) {
    return new GlibcHeap(
        arenas + other.arenas,
        sum(systemBytes, other.systemBytes),
        sum(mappedBytes, other.mappedBytes),
        leastBytes + other.leastBytes);
  }

  private static OptionalLong sum(OptionalLong one, OptionalLong other) {
    return one.isPresent() && other.isPresent()
        ? OptionalLong.of(one.getAsLong() + other.getAsLong())
        : OptionalLong.empty();
  }

  /**
   * Returns the writable data of each mapped copy of libc. The structures are in it, since they
   * have initial values. The anonymous memory that follows is left out: besides libc's
   * zero-initialised part it may be the heap of a thread, which holds an arena of another copy.
   */
  static List<List<Mapping>> copiesOfLibc(List<Mapping> mappings) {
    List<List<Mapping>> copies = new ArrayList<>();
    long end = 0; // of the last mapping that is data of a copy
    for (Mapping mapping : mappings) {
      if (mapping.isWritable() && GlibcNames.isLibc(mapping.file())) {
        if (mapping.start() != end) {
          copies.add(new ArrayList<>());
        }
        copies.getLast().add(mapping);
        end = mapping.end();
      }
    }
    return copies;
  }

  /**
   * Returns all memory that the heap has from the kernel, in use or free.
   *
   * @return the number of bytes; empty if any part of it is unknown, and {@link #unknown} then says
   *     which
   */
  public OptionalLong heldBytes() {
    return sum(systemBytes, mappedBytes);
  }

  /**
   * Returns why {@link #heldBytes} is empty.
   *
   * @return a clause without a full stop; empty if the memory is known
   */
  public Optional<String> unknown() {
    if (systemBytes.isEmpty()) {
      return Optional.of(
          "the layout of malloc's arenas in its version of glibc was not recognised");
    }
    return mappedBytes.isEmpty()
        ? Optional.of(
            "the count of malloc's mapped blocks in its version of glibc was not recognised")
        : Optional.empty();
  }
}
