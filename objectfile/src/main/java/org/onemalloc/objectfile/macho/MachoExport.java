package org.onemalloc.objectfile.macho;

import java.util.Optional;

/**
 * A symbol that other files can bind to.
 *
 * @param symbol its name, with the leading underscore of C
 * @param address its address before the file is slid, or 0 if another library defines it
 * @param weak whether it is a weak definition, which the definition of another file may replace
 * @param reexport its origin if another library defines it
 */
public record MachoExport(String symbol, long address, boolean weak, Optional<Reexport> reexport) {

  /**
   * A symbol of another library that this file exports.
   *
   * @param ordinal the ordinal of that library, counted from 1
   * @param symbol its name in that library
   */
  public record Reexport(int ordinal, String symbol) {}
}
