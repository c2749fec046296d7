package org.onemalloc.objectfile.elf;

import org.onemalloc.objectfile.ObjectFileException;

/**
 * The entry of the procedure linkage table by which a library calls one function, and the word of
 * the GOT from which that entry takes the function's address.
 *
 * @param address the address of the entry
 * @param slot the address of the word
 */
/*
 * Design note. An entry is known by its code, which jumps to the address in the word (psABI x86-64,
 * "Procedure Linkage Table", and AAELF64). Until the first call, the word refers to the lazy
 * resolver: on x86-64 to the second instruction of the entry, which therefore stays as it is.
 */
record PltEntry(long address, long slot) {
  /** {@code adrp x16, PAGE; ldr x17, [x16, #LOW]; add x16, x16, #LOW; br x17}. */
  private static final int[] AARCH64 = {0x90000010, 0xf9400211, 0x91000210, 0xd61f0220};

  private static final int[] AARCH64_MASK = {0x9f00001f, 0xffc003ff, 0xffc003ff, 0xffffffff};

  /**
   * Returns the entry by which a library calls a function.
   *
   * @param library an x86-64 or aarch64 library
   * @throws ObjectFileException if the library calls the function in another way, or in two
   */
  static PltEntry of(ElfFile library, String function) {
    long slot = -1;
    for (ElfRelocation relocation : library.relocations()) {
      if (library.dynamicSymbols().get(relocation.symbolIndex()).name().equals(function)) {
        if (!relocation.isJumpSlot() || slot >= 0) {
          throw refusal(library, function, "it takes its address other than for calls");
        }
        slot = relocation.offset();
      }
    }
    if (slot < 0) {
      throw refusal(library, function, "it does not call it through the PLT");
    }
    long address = -1;
    boolean isX86 = library.machine().equals(ElfMachine.X86_64);
    for (ElfSegment segment : library.segments()) {
      if (!segment.isLoad() || !segment.isExecutable()) {
        continue;
      }
      ElfBytes code = library.header().bytes();
      for (long at = segment.offset(); at <= segment.endOffset() - 16; at += isX86 ? 1 : 4) {
        long here = segment.virtualAddress() + at - segment.offset();
        if (isX86 && here + 6 + code.i32(at + 2) == slot) {
          boolean isEntry = code.u16(at) == 0x25ff && code.i32(at + 6) << 24 == 0x68 << 24;
          if (!isEntry || address >= 0) {
            throw refusal(library, function, "the code at 0x%x refers to it".formatted(here));
          }
          address = here;
        } else if (!isX86 && targetOnAarch64(code, at, here) == slot) {
          if (address >= 0) {
            throw refusal(library, function, "it has two entries for it");
          }
          address = here;
        }
      }
    }
    if (address < 0) {
      throw refusal(library, function, "it has no entry for it");
    }
    return new PltEntry(address, slot);
  }

  private static long targetOnAarch64(ElfBytes code, long at, long here) {
    for (int i = 0; i < AARCH64.length; i++) {
      if ((code.i32(at + 4L * i) & AARCH64_MASK[i]) != AARCH64[i]) {
        return -1;
      }
    }
    int adrp = code.i32(at);
    long pages = ((long) ((adrp << 8) >> 13) << 2) | ((adrp >>> 29) & 3);
    return (((here >> 12) + pages) << 12) + ((code.i32(at + 8) >>> 10) & 0xfff);
  }

  /** Lets every call through this entry go to an address instead. */
  void redirect(ElfFile library, ElfBytes out, long to) {
    int at = library.header().requireOffset(address, 16, "an entry of the PLT");
    if (library.machine().equals(ElfMachine.X86_64)) {
      out.putU16(at, 0xe990); // nop, and the first byte of jmp
      out.putU32(at + 2L, to - address - 6);
    } else {
      out.putU32(at, 0x14000000 | (((to - address) >> 2) & 0x3ffffff)); // b
    }
  }

  private static ObjectFileException refusal(ElfFile library, String function, String why) {
    return new ObjectFileException(
        "The calls of %s in %s cannot be redirected: %s.".formatted(function, library.name(), why));
  }
}
