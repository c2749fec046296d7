package org.onemalloc.objectfile.macho;

/**
 * A symbol that dyld binds, once for each table, ordinal and flag however many places it is stored
 * to.
 *
 * @param symbol its name, with the leading underscore of C
 * @param ordinal the library that must provide it, counted from 1 ({@link MachoFile#libraries()}),
 *     or one of the constants of this class
 * @param weak whether it may be missing (BIND_SYMBOL_FLAGS_WEAK_IMPORT)
 * @param table which table asks for it
 */
public record MachoImport(String symbol, int ordinal, boolean weak, Table table) {
  /** BIND_SPECIAL_DYLIB_SELF: this file itself. */
  public static final int SELF = 0;

  /** BIND_SPECIAL_DYLIB_MAIN_EXECUTABLE. */
  public static final int MAIN_EXECUTABLE = -1;

  /** BIND_SPECIAL_DYLIB_FLAT_LOOKUP: the first loaded file that exports it. */
  public static final int FLAT_LOOKUP = -2;

  /**
   * BIND_SPECIAL_DYLIB_WEAK_LOOKUP: the first loaded file with a weak definition, or the strong
   * one.
   */
  public static final int WEAK_LOOKUP = -3;

  /** Where the import was found. */
  public enum Table {
    /** The bind opcodes, bound when the file is loaded. */
    BIND,
    /** The lazy bind opcodes, bound at the first call. */
    LAZY_BIND,
    /** The weak bind opcodes: symbols of which the whole process shall use one definition. */
    WEAK_BIND,
    /** The imports of the chained fixups. */
    CHAINED,
    /** The undefined symbols of LC_SYMTAB, for files older than the dyld tables. */
    SYMBOL_TABLE
  }
}
