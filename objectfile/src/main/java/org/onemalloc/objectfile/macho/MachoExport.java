package org.onemalloc.objectfile.macho;

import java.util.Optional;

/**
 * A symbol that other files can bind to.
 *
 * @param symbol its name, with the leading underscore of C
 * @param address its address before the file is slid, or 0 where it is another library's
 * @param weak whether it is a weak definition, which may give way to another file's
 * @param reexport where it comes from if it is another library's
 */
public record MachoExport(String symbol, long address, boolean weak, Optional<Reexport> reexport) {

  /**
   * Another library's symbol under this file's roof.
   *
   * @param ordinal that library, counted from 1
   * @param symbol its name there
   */
  public record Reexport(int ordinal, String symbol) {}
}
