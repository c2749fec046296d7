package org.onemalloc.internal.checked;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Scratch;
import org.onemalloc.internal.system.UnixSymbols;

/**
 * Pages that are opened and closed one by one, with a label that the list of mappings of the
 * process shows, which the JVM prints when it dies: the name of the file in memory
 * (memfd_create(2)) that is mapped there. Where the system has no such files, pages have no labels.
 *
 * @param size the size of a page
 */
record GuardedPages(
    MemorySegment mmap,
    MemorySegment memfd,
    MemorySegment truncate,
    MemorySegment close,
    Scratch scratch,
    long size) {
  // sys/mman.h and bits/mman-linux.h, the same on x86-64, arm64 and RISC-V
  private static final int NONE = 0;
  private static final int READ_WRITE = 1 | 2;
  private static final int PRIVATE = 0x02;
  private static final int FIXED = 0x10;
  private static final int ANONYMOUS = 0x20;
  private static final int NO_RESERVE = 0x4000;
  private static final int FIXED_NOREPLACE = 0x100000;

  /** MFD_CLOEXEC, and MFD_NOEXEC_SEAL, which kernels before 6.3 do not know. */
  private static final int CLOSE_ON_EXEC = 1;

  private static final int NO_EXECUTE = 8;

  /** _SC_PAGESIZE (bits/confname.h). */
  private static final int PAGE_SIZE = 30;

  static GuardedPages here() {
    SymbolLookup libc = Linker.nativeLinker().defaultLookup();
    long size = Calls.critical(UnixSymbols.required(libc, "sysconf"), PAGE_SIZE, 0, 0);
    return new GuardedPages(
        UnixSymbols.required(libc, "mmap"),
        libc.find("memfd_create").orElse(MemorySegment.NULL),
        UnixSymbols.required(libc, "ftruncate"),
        UnixSymbols.required(libc, "close"),
        new Scratch(),
        size);
  }

  /** Reserves pages at an address; false if the system refuses, or something is there already. */
  boolean reserve(long address, long bytes) {
    int flags = PRIVATE | ANONYMOUS | NO_RESERVE | FIXED_NOREPLACE;
    return Calls.normal(mmap, address, bytes, NONE, flags, -1, 0) == address;
  }

  /** Reserves pages anywhere; 0 if the system refuses. */
  long reserve(long bytes) {
    int flags = PRIVATE | ANONYMOUS | NO_RESERVE;
    return Math.max(0, Calls.normal(mmap, 0, bytes, NONE, flags, -1, 0));
  }

  /** Makes pages accessible, and the page after them inaccessible. */
  boolean open(long address, long bytes, String label) {
    int file = file(bytes + size, label);
    boolean opened =
        map(address, bytes, READ_WRITE, file, 0) && map(address + bytes, size, NONE, file, bytes);
    closeFile(file);
    return opened;
  }

  /** Makes pages inaccessible, with a label. */
  void close(long address, long bytes, String label) {
    int file = file(bytes, label);
    map(address, bytes, NONE, file, 0);
    closeFile(file);
  }

  /** Makes pages inaccessible. */
  void close(long address, long bytes) {
    map(address, bytes, NONE, -1, 0);
  }

  private boolean map(long address, long bytes, int access, int file, long offset) {
    int flags = PRIVATE | FIXED | NO_RESERVE | (file < 0 ? ANONYMOUS : 0);
    return Calls.normal(mmap, address, bytes, access, flags, file, offset) == address;
  }

  private int file(long bytes, String label) {
    if (memfd.address() == 0) {
      return -1;
    }
    long name = scratch.string(label);
    int file = (int) Calls.normal(memfd, name, CLOSE_ON_EXEC | NO_EXECUTE, 0);
    if (file < 0) {
      file = (int) Calls.normal(memfd, name, CLOSE_ON_EXEC, 0);
    }
    if (file >= 0 && (int) Calls.normal(truncate, file, bytes, 0) != 0) {
      closeFile(file);
      return -1;
    }
    return file;
  }

  private void closeFile(int file) {
    if (file >= 0) {
      Calls.normal(close, file, 0, 0);
    }
  }
}
