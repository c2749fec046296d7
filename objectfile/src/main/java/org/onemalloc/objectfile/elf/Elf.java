package org.onemalloc.objectfile.elf;

/**
 * Numbers of the ELF format, named as in the System V gABI (chapters 4 and 5), the Linux Standard
 * Base (symbol versions, GNU hash) and glibc's {@code elf/elf.h}.
 */
final class Elf {
  static final int ET_REL = 1;
  static final int ET_EXEC = 2;
  static final int ET_DYN = 3;
  static final int ET_CORE = 4;

  static final int PT_NULL = 0;
  static final int PT_LOAD = 1;
  static final int PT_DYNAMIC = 2;
  static final int PT_INTERP = 3;
  static final int PT_NOTE = 4;
  static final int PT_TLS = 7;
  static final int PT_GNU_STACK = 0x6474e551;
  static final int PT_GNU_RELRO = 0x6474e552;
  static final int PT_GNU_PROPERTY = 0x6474e553;
  static final int PF_X = 1;
  static final int PF_W = 2;
  static final int PF_R = 4;

  static final long DT_NULL = 0;
  static final long DT_NEEDED = 1;
  static final long DT_PLTRELSZ = 2;
  static final long DT_HASH = 4;
  static final long DT_STRTAB = 5;
  static final long DT_SYMTAB = 6;
  static final long DT_RELA = 7;
  static final long DT_RELASZ = 8;
  static final long DT_RELAENT = 9;
  static final long DT_STRSZ = 10;
  static final long DT_SYMENT = 11;
  static final long DT_INIT = 12;
  static final long DT_SONAME = 14;
  static final long DT_RPATH = 15;
  static final long DT_SYMBOLIC = 16;
  static final long DT_REL = 17;
  static final long DT_RELSZ = 18;
  static final long DT_PLTREL = 20;
  static final long DT_JMPREL = 23;
  static final long DT_RUNPATH = 29;
  static final long DT_FLAGS = 30;
  static final long DT_RELRSZ = 35;
  static final long DT_RELR = 36;
  static final long DT_GNU_HASH = 0x6ffffef5L;
  static final long DT_DEPAUDIT = 0x6ffffefbL;
  static final long DT_AUDIT = 0x6ffffefcL;
  static final long DT_VERSYM = 0x6ffffff0L;
  static final long DT_RELACOUNT = 0x6ffffff9L;
  static final long DT_RELCOUNT = 0x6ffffffaL;
  static final long DT_FLAGS_1 = 0x6ffffffbL;
  static final long DT_VERDEF = 0x6ffffffcL;
  static final long DT_VERDEFNUM = 0x6ffffffdL;
  static final long DT_VERNEED = 0x6ffffffeL;
  static final long DT_VERNEEDNUM = 0x6fffffffL;
  static final long DT_AUXILIARY = 0x7ffffffdL;

  static final long DF_SYMBOLIC = 2;
  static final long DF_STATIC_TLS = 16;
  static final long DF_1_PIE = 0x08000000;

  static final int SHT_PROGBITS = 1;
  static final int SHT_SYMTAB = 2;
  static final int SHT_STRTAB = 3;
  static final int SHT_RELA = 4;
  static final int SHT_HASH = 5;
  static final int SHT_DYNAMIC = 6;
  static final int SHT_NOBITS = 8;
  static final int SHT_REL = 9;
  static final int SHT_DYNSYM = 11;
  static final int SHT_RELR = 19;
  static final int SHT_GNU_HASH = 0x6ffffff6;
  static final int SHT_GNU_VERSYM = 0x6fffffff;
  static final long SHF_WRITE = 1;
  static final long SHF_ALLOC = 2;
  static final long SHF_EXECINSTR = 4;

  static final int SHN_UNDEF = 0;
  static final int SHN_ABS = 0xfff1;

  static final int VER_NDX_GLOBAL = 1;

  static final int STB_GLOBAL = 1;
  static final int STT_NOTYPE = 0;
  static final int STT_FUNC = 2;
  static final int STT_GNU_IFUNC = 10;
  static final byte ELFOSABI_NONE = 0;
  static final byte ELFOSABI_GNU = 3;

  static final int R_X86_64_JUMP_SLOT = 7;
  static final int R_X86_64_RELATIVE = 8;
  static final int R_X86_64_DTPMOD64 = 16;
  static final int R_AARCH64_JUMP_SLOT = 1026;
  static final int R_AARCH64_RELATIVE = 1027;
  static final int R_X86_64_DTPOFF64 = 17;
  static final int R_X86_64_TPOFF64 = 18;
  static final int R_X86_64_TLSDESC = 36;

  private Elf() {}
}
