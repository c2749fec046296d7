package org.onemalloc.objectfile.elf;

/** The type of an ELF file ({@code e_type}). */
public enum ElfType {
  /** A relocatable object, before linking. */
  REL,
  /** An executable at a fixed address. */
  EXEC,
  /** A shared library, or an executable that runs at any address. */
  DYN,
  /** A memory image of a process. */
  CORE,
  /** Anything else. */
  OTHER;

  static ElfType of(int number) {
    return switch (number) {
      case Elf.ET_REL -> REL;
      case Elf.ET_EXEC -> EXEC;
      case Elf.ET_DYN -> DYN;
      case Elf.ET_CORE -> CORE;
      default -> OTHER;
    };
  }
}
