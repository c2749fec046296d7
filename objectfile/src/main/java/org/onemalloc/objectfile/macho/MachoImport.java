package org.onemalloc.objectfile.macho;

/**
 * A symbol that dyld binds. There is one import for each combination of table, ordinal and flag,
 * regardless of the number of places that dyld binds.
 *
 * @param symbol its name, with the leading underscore of C
 * @param ordinal the library that must provide it, counted from 1 ({@link MachoFile#libraries()}),
 *     or one of the constants of this class
 * @param weak whether it may be missing (BIND_SYMBOL_FLAGS_WEAK_IMPORT)
 * @param table the table that contains it
 */
public record MachoImport(String symbol, int ordinal, boolean weak, Table table) {
  /** BIND_SPECIAL_DYLIB_SELF: this file itself. */
  public static final int SELF = 0;

  /** BIND_SPECIAL_DYLIB_MAIN_EXECUTABLE. */
  public static final int MAIN_EXECUTABLE = -1;

  /** BIND_SPECIAL_DYLIB_FLAT_LOOKUP: the first loaded file that exports the symbol. */
  public static final int FLAT_LOOKUP = -2;

  /**
   * BIND_SPECIAL_DYLIB_WEAK_LOOKUP: the first loaded file with a weak definition, or the file with
   * the strong definition.
   */
  public static final int WEAK_LOOKUP = -3;

  /** The table in which the import was found. */
  public enum Table {
    /** The bind opcodes, bound when the file is loaded. */
    BIND,
    /** The lazy bind opcodes, bound at the first call. */
    LAZY_BIND,
    /** The weak bind opcodes: symbols of which the whole process uses one definition. */
    WEAK_BIND,
    /** The imports of the chained fixups. */
    CHAINED,
    /** The undefined symbols of LC_SYMTAB, for files older than the dyld tables. */
    SYMBOL_TABLE
  }
}
