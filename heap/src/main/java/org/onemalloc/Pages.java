package org.onemalloc;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/** Zeroed memory straight from the system, never given back, for tables and rows. */
final class Pages {
  /** PROT_READ and PROT_WRITE, the same on Linux and macOS (sys/mman.h). */
  private static final int READ_WRITE = 1 | 2;

  /** MAP_PRIVATE and MAP_ANONYMOUS of Linux; macOS has another MAP_ANON. */
  private static final int LINUX_PRIVATE = 0x02 | 0x20;

  private static final int MAC_PRIVATE = 0x02 | 0x1000;

  /** MADV_NOHUGEPAGE (Linux): a table that is touched here and there must not become resident. */
  private static final int NO_HUGE_PAGES = 15;

  /** MEM_COMMIT and MEM_RESERVE, PAGE_READWRITE (Windows, memoryapi.h). */
  private static final int WINDOWS_COMMIT = 0x1000 | 0x2000;

  private static final int WINDOWS_READ_WRITE = 4;

  private Pages() {}

  /** Returns the address of {@code size} zeroed bytes at a page's start; 0 if there are none. */
  static long map(long size, Platform platform) {
    if (platform.windows()) {
      return Calls.normal(
          kernel().findOrThrow("VirtualAlloc"), 0, size, WINDOWS_COMMIT, WINDOWS_READ_WRITE, 0, 0);
    }
    SymbolLookup libc = Linker.nativeLinker().defaultLookup();
    int flags = platform.mac() ? MAC_PRIVATE : LINUX_PRIVATE;
    MemorySegment mmap = UnixSymbols.required(libc, "mmap");
    long address = Calls.critical(mmap, 0, size, READ_WRITE, flags, -1, 0);
    if (address == -1) {
      return 0;
    }
    if (!platform.mac()) {
      Calls.critical(UnixSymbols.required(libc, "madvise"), address, size, NO_HUGE_PAGES);
    }
    return address;
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup kernel() {
    return SymbolLookup.libraryLookup("kernel32.dll", Arena.global());
  }
}
