package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.onemalloc.objectfile.ObjectFileException;

/** Reads the relocations that the loader applies. */
final class ElfRelocations {
  private final ElfDynamic dynamic;
  private final ElfBytes bytes;
  private final List<ElfRelocation> relocations = new ArrayList<>();

  private ElfRelocations(ElfDynamic dynamic) {
    this.dynamic = dynamic;
    this.bytes = dynamic.header().bytes();
  }

  /** Returns the entries of DT_REL, DT_RELA and DT_JMPREL, in this order. */
  static List<ElfRelocation> read(ElfDynamic dynamic) {
    ElfRelocations reader = new ElfRelocations(dynamic);
    reader.read(Elf.DT_REL, Elf.DT_RELSZ, false, false);
    reader.read(Elf.DT_RELA, Elf.DT_RELASZ, true, false);
    boolean withAddend = dynamic.valueOr(Elf.DT_PLTREL, Elf.DT_RELA) == Elf.DT_RELA;
    reader.read(Elf.DT_JMPREL, Elf.DT_PLTRELSZ, withAddend, true);
    return List.copyOf(reader.relocations);
  }

  private void read(long tag, long sizeTag, boolean withAddend, boolean isJumpSlot) {
    long size = dynamic.valueOr(sizeTag, 0);
    if (size == 0 || dynamic.find(tag).isEmpty()) {
      return;
    }
    if (bytes.is64Bit() && dynamic.header().machine().equals(ElfMachine.MIPS)) {
      throw new ObjectFileException(
          bytes.name() + " is a 64-bit MIPS file, whose relocations are not understood.");
    }
    if (!isJumpSlot && endsWithJumpSlots(tag, size)) {
      size -= dynamic.valueOr(Elf.DT_PLTRELSZ, 0);
    }
    int table = dynamic.tableOffset(tag, size, "a relocation table");
    int entrySize = bytes.wordSize() * (withAddend ? 3 : 2);
    for (long i = 0; i < size / entrySize; i++) {
      relocations.add(read(table + i * entrySize, withAddend, isJumpSlot));
    }
  }

  /**
   * Returns whether the table ends where DT_JMPREL ends, and therefore includes it, as on RISC-V
   * (glibc, {@code elf/dynamic-link.h}, {@code _ELF_DYNAMIC_DO_RELOC}).
   */
  private boolean endsWithJumpSlots(long tag, long size) {
    long jumpSlots = dynamic.valueOr(Elf.DT_PLTRELSZ, 0);
    return dynamic.find(Elf.DT_JMPREL).isPresent()
        && jumpSlots >= 0
        && jumpSlots <= size
        && dynamic.valueOr(tag, 0) + size == dynamic.valueOr(Elf.DT_JMPREL, 0) + jumpSlots;
  }

  private ElfRelocation read(long at, boolean withAddend, boolean isJumpSlot) {
    int word = bytes.wordSize();
    long info = bytes.word(at + word);
    int type = (int) (bytes.is64Bit() ? info : info & 0xff);
    long symbol = bytes.is64Bit() ? info >>> 32 : info >>> 8;
    if (symbol > Integer.MAX_VALUE - 1) {
      throw bytes.malformed("a relocation names symbol " + symbol);
    }
    long addend = withAddend ? bytes.signedWord(at + 2L * word) : 0;
    return new ElfRelocation(bytes.word(at), type, (int) symbol, addend, isJumpSlot);
  }

  /** Returns the addresses of DT_RELR (gABI, "Relative Relocation Table"), decoded lazily. */
  static LongStream relative(ElfDynamic dynamic) {
    long size = dynamic.valueOr(Elf.DT_RELRSZ, 0);
    if (size == 0 || dynamic.find(Elf.DT_RELR).isEmpty()) {
      return LongStream.empty();
    }
    int table = dynamic.tableOffset(Elf.DT_RELR, size, "the relative relocation table");
    ElfBytes bytes = dynamic.header().bytes();
    int word = bytes.wordSize();
    long[] next = new long[1];
    return LongStream.range(0, size / word)
        .map(i -> bytes.word(table + i * word))
        .flatMap(entry -> expand(entry, word, next));
  }

  private static LongStream expand(long entry, int word, long[] next) {
    if ((entry & 1) == 0) {
      next[0] = entry + word;
      return LongStream.of(entry);
    }
    long base = next[0];
    next[0] = base + (8L * word - 1) * word;
    return LongStream.range(0, 8L * word - 1)
        .filter(bit -> (entry >>> (bit + 1) & 1) != 0)
        .map(bit -> base + bit * word);
  }
}
