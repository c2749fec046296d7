package org.onemalloc.internal.system;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/** Zeroed memory from the system for tables and rows, which is never returned. */
public final class Pages {
  /** PROT_READ and PROT_WRITE, the same on Linux and macOS (sys/mman.h). */
  private static final int READ_WRITE = 1 | 2;

  /** MAP_PRIVATE and MAP_ANONYMOUS of Linux; macOS has another MAP_ANON. */
  private static final int LINUX_PRIVATE = 0x02 | 0x20;

  private static final int MAC_PRIVATE = 0x02 | 0x1000;

  /** MAP_32BIT (Linux on x86-64): in the first 2 GB. */
  private static final int LOW_2_GB = 0x40;

  /** Addresses below this are low. */
  public static final long LOW_END = 1L << 31;

  /** MADV_NOHUGEPAGE (Linux): a sparsely used table must not become resident as a whole. */
  private static final int NO_HUGE_PAGES = 15;

  /** MEM_COMMIT and MEM_RESERVE, PAGE_READWRITE (Windows, memoryapi.h). */
  private static final int WINDOWS_COMMIT = 0x1000 | 0x2000;

  private static final int WINDOWS_READ_WRITE = 4;

  private Pages() {}

  /**
   * Maps as {@link #map} does, below {@link #LOW_END}; returns 0 if the system cannot. The address
   * decides: QEMU's user mode, in which Docker runs images of another architecture, ignores the
   * flag.
   */
  public static long mapLow(long size, Platform platform) {
    boolean possible = platform.system().equals("linux") && platform.processor().equals("x64");
    long address = possible ? mapped(size, LINUX_PRIVATE | LOW_2_GB) : 0;
    if (address > LOW_END - size) {
      SymbolLookup libc = Linker.nativeLinker().defaultLookup();
      Calls.critical(UnixSymbols.required(libc, "munmap"), address, size, 0);
      return 0;
    }
    return address;
  }

  /** Returns the address of {@code size} zeroed bytes at a page's start; 0 if there are none. */
  public static long map(long size, Platform platform) {
    if (platform.windows()) {
      return Calls.normal(
          kernel().findOrThrow("VirtualAlloc"), 0, size, WINDOWS_COMMIT, WINDOWS_READ_WRITE, 0, 0);
    }
    return mapped(size, platform.mac() ? MAC_PRIVATE : LINUX_PRIVATE);
  }

  private static long mapped(long size, int flags) {
    SymbolLookup libc = Linker.nativeLinker().defaultLookup();
    MemorySegment mmap = UnixSymbols.required(libc, "mmap");
    long address = Calls.critical(mmap, 0, size, READ_WRITE, flags, -1, 0);
    if (address == -1) {
      return 0;
    }
    if (flags != MAC_PRIVATE) {
      Calls.critical(UnixSymbols.required(libc, "madvise"), address, size, NO_HUGE_PAGES);
    }
    return address;
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup kernel() {
    return SymbolLookup.libraryLookup("kernel32.dll", Arena.global());
  }
}
