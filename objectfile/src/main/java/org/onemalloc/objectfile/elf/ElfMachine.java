package org.onemalloc.objectfile.elf;

import java.util.Optional;

/**
 * A processor architecture ({@code e_machine}).
 *
 * <p>The number alone does not determine the ABI: 32-bit and 64-bit RISC-V have the same number,
 * and so do both byte orders of ppc64.
 *
 * @param number the number registered for the gABI, as in glibc's {@code elf.h}
 * @param name its usual name in lower case, such as {@code x86-64} or {@code aarch64}; {@code
 *     machine-N} for an unknown number
 */
public record ElfMachine(int number, String name) {
  public static final ElfMachine X86 = new ElfMachine(3, "x86");
  public static final ElfMachine MIPS = new ElfMachine(8, "mips");
  public static final ElfMachine PPC = new ElfMachine(20, "ppc");
  public static final ElfMachine PPC64 = new ElfMachine(21, "ppc64");
  public static final ElfMachine S390 = new ElfMachine(22, "s390");
  public static final ElfMachine ARM = new ElfMachine(40, "arm");
  public static final ElfMachine X86_64 = new ElfMachine(62, "x86-64");
  public static final ElfMachine AARCH64 = new ElfMachine(183, "aarch64");
  public static final ElfMachine RISCV = new ElfMachine(243, "riscv");
  public static final ElfMachine LOONGARCH = new ElfMachine(258, "loongarch");

  private static final int ALPHA = 0x9026;

  /**
   * Returns the processor of this process.
   *
   * @return empty if this is not one of the 64-bit processors for which there are JDKs on Linux
   */
  public static Optional<ElfMachine> ofThisProcess() {
    return Optional.ofNullable(
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> X86_64;
          case "aarch64" -> AARCH64;
          case "riscv64" -> RISCV;
          case "ppc64le", "ppc64" -> PPC64;
          case "s390x" -> S390;
          case "loongarch64" -> LOONGARCH;
          default -> null;
        });
  }

  static ElfMachine of(int number) {
    return switch (number) {
      case 3 -> X86;
      case 8 -> MIPS;
      case 20 -> PPC;
      case 21 -> PPC64;
      case 22 -> S390;
      case 40 -> ARM;
      case 62 -> X86_64;
      case 183 -> AARCH64;
      case 243 -> RISCV;
      case 258 -> LOONGARCH;
      default -> new ElfMachine(number, "machine-" + number);
    };
  }

  /**
   * Returns the largest page size in bytes that Linux kernels for this machine use. Linkers align
   * segments to it (MAXPAGESIZE in GNU ld's emulations). For an unknown machine it is 64 KiB.
   */
  public int maxPageSize() {
    return switch (number) {
      case 3, 22, 62, 243 -> 0x1000;
      default -> 0x10000;
    };
  }

  /**
   * Returns whether a relocation of this type stores an offset from the thread pointer, so that the
   * file needs static TLS. The numbers are those of each psABI, as in glibc's {@code elf.h}.
   */
  boolean isStaticTls(int relocationType) {
    return switch (number) {
      case 3 -> relocationType == 14 || relocationType == 37;
      case 8 -> relocationType == 47 || relocationType == 48;
      case 20, 21 -> relocationType == 73;
      case 22 -> relocationType == 56;
      case 40 -> relocationType == 19;
      case 62 -> relocationType == 18 || relocationType == 23;
      case 183 -> relocationType == 1030;
      case 243, 258 -> relocationType == 10 || relocationType == 11;
      default -> false;
    };
  }

  /**
   * Returns whether a relocation of this type stores the module number for {@code __tls_get_addr}
   * (DTPMOD). TLS descriptors do not count: those resolved at start call no allocator.
   */
  boolean isDynamicTls(int relocationType) {
    return switch (number) {
      case 3 -> relocationType == 35;
      case 8 -> relocationType == 38 || relocationType == 40;
      case 20, 21 -> relocationType == 68;
      case 22 -> relocationType == 54;
      case 40 -> relocationType == 17;
      case 62 -> relocationType == 16;
      case 183 -> relocationType == 1028;
      case 243, 258 -> relocationType == 6 || relocationType == 7;
      default -> false;
    };
  }

  /**
   * Returns whether a relocation of this type stores the address of a symbol in a word: a jump
   * slot, a global offset table entry, or a pointer in data (each psABI's JUMP_SLOT, GLOB_DAT and
   * plain word).
   */
  public boolean isFunctionAddress(int relocationType) {
    return switch (number) {
      case 3, 62 -> relocationType == 1 || relocationType == 6 || relocationType == 7;
      case 20 -> relocationType == 1 || relocationType == 20 || relocationType == 21;
      case 21 -> relocationType == 38 || relocationType == 20 || relocationType == 21;
      case 22 ->
          relocationType == 4
              || relocationType == 22
              || relocationType == 10
              || relocationType == 11;
      case 40 -> relocationType == 2 || relocationType == 21 || relocationType == 22;
      case 183 -> relocationType == 257 || relocationType == 1025 || relocationType == 1026;
      case 243, 258 -> relocationType == 1 || relocationType == 2 || relocationType == 5;
      default -> false;
    };
  }

  /**
   * Returns whether a relocation type is that of a jump slot or of a thread-local variable. For
   * these, a canonical PLT entry is not a definition ({@code elf_machine_type_class} and {@code
   * ELF_RTYPE_CLASS_PLT} in each {@code dl-machine.h} of glibc).
   */
  public boolean isPltClass(int relocationType) {
    return switch (number) {
      case 3 -> relocationType == 7 || isAnyOf(relocationType, 14, 35, 36, 37, 41);
      case 20 -> relocationType == 21 || (relocationType >= 67 && relocationType <= 94);
      case 21 ->
          isAnyOf(relocationType, 10, 21)
              || (relocationType >= 67 && relocationType <= 106)
              || (relocationType >= 112 && relocationType <= 115);
      case 22 -> isAnyOf(relocationType, 11, 54, 55, 56);
      case 40 -> isAnyOf(relocationType, 13, 17, 18, 19, 22);
      case 62 -> isAnyOf(relocationType, 7, 16, 17, 18, 36);
      case 183 -> isAnyOf(relocationType, 1026, 1028, 1029, 1030, 1031);
      case 243 -> relocationType >= 5 && relocationType <= 11;
      case 258 -> relocationType == 5;
      default -> false;
    };
  }

  /**
   * Returns whether the loader calls a function of the file for a relocation of this type
   * (R_*_IRELATIVE). Known for x86, x86-64 and aarch64 only.
   */
  public boolean isResolver(int relocationType) {
    return switch (number) {
      case 3 -> relocationType == 42;
      case 62 -> relocationType == 37;
      case 183 -> relocationType == 1032;
      default -> false;
    };
  }

  /** Returns whether a relocation of this type copies a library's variable into the executable. */
  public boolean isCopy(int relocationType) {
    return switch (number) {
      case 3, 62 -> relocationType == 5;
      case 20, 21 -> relocationType == 19;
      case 22 -> relocationType == 9;
      case 40 -> relocationType == 20;
      case 183 -> relocationType == 1024;
      case 243, 258 -> relocationType == 4;
      default -> false;
    };
  }

  private static boolean isAnyOf(int type, int... types) {
    for (int each : types) {
      if (each == type) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether the entries of DT_HASH have 8 bytes (64-bit s390 and Alpha), not 4. */
  boolean hasWideHash(boolean is64Bit) {
    return is64Bit && (number == S390.number || number == ALPHA);
  }
}
