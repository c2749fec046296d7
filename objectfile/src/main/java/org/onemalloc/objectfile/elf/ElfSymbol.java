package org.onemalloc.objectfile.elf;

/**
 * An entry of the dynamic symbol table (gABI chapter 4, "Symbol Table") with its version (LSB,
 * "Symbol Versioning").
 *
 * @param index its index in the table
 * @param name its name, without the version
 * @param value {@code st_value}: an address, before relocation, or an offset into the TLS block
 * @param size {@code st_size} in bytes, unsigned
 * @param binding local, global, weak or unique
 * @param type the kind of object that it names
 * @param visibility tells which files may bind to it
 * @param sectionIndex {@code st_shndx}: 0 if this file does not define it, 0xfff1 for an absolute
 *     value
 * @param versionIndex its entry in DT_VERSYM with the hidden bit 0x8000; 1 in a file without
 *     versions
 * @param version the name of its version; empty if it has none
 */
public record ElfSymbol(
    int index,
    String name,
    long value,
    long size,
    Binding binding,
    Type type,
    Visibility visibility,
    int sectionIndex,
    int versionIndex,
    String version) {

  /** {@code ELF_ST_BIND}. */
  public enum Binding {
    LOCAL,
    GLOBAL,
    WEAK,
    /** STB_GNU_UNIQUE: one definition for the whole process. */
    UNIQUE,
    OTHER;

    static Binding of(int info) {
      return switch (info >> 4) {
        case 0 -> LOCAL;
        case 1 -> GLOBAL;
        case 2 -> WEAK;
        case 10 -> UNIQUE;
        default -> OTHER;
      };
    }
  }

  /** {@code ELF_ST_TYPE}. */
  public enum Type {
    NOTYPE,
    OBJECT,
    FUNC,
    SECTION,
    FILE,
    COMMON,
    TLS,
    /**
     * STT_GNU_IFUNC: the value is the address of a function that returns the address of the
     * function to call.
     */
    IFUNC,
    OTHER;

    static Type of(int info) {
      return switch (info & 15) {
        case 0 -> NOTYPE;
        case 1 -> OBJECT;
        case 2 -> FUNC;
        case 3 -> SECTION;
        case 4 -> FILE;
        case 5 -> COMMON;
        case 6 -> TLS;
        case 10 -> IFUNC;
        default -> OTHER;
      };
    }
  }

  /** {@code ELF_ST_VISIBILITY}. */
  public enum Visibility {
    DEFAULT,
    INTERNAL,
    HIDDEN,
    PROTECTED;

    static Visibility of(int other) {
      return values()[other & 3];
    }
  }

  /**
   * Returns whether this file defines the symbol. A canonical PLT entry of a fixed-address
   * executable (no section, but a value) is not a definition.
   */
  public boolean isDefined() {
    return sectionIndex != Elf.SHN_UNDEF;
  }

  /**
   * Returns whether another file can bind to the symbol: it is defined, it is not local, hidden or
   * internal, and its value is not 0 unless 0 is a meaningful value (glibc, {@code
   * elf/dl-lookup.c}, {@code check_match}).
   */
  public boolean isExported() {
    return isDefined()
        && binding != Binding.LOCAL
        && visibility != Visibility.HIDDEN
        && visibility != Visibility.INTERNAL
        && (value != 0 || sectionIndex == Elf.SHN_ABS || type == Type.TLS);
  }

  /** Returns whether only references to its version bind to the symbol ({@code name@VERSION}). */
  public boolean isVersionHidden() {
    return (versionIndex & 0x8000) != 0;
  }
}
