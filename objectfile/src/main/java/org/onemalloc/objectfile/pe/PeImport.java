package org.onemalloc.objectfile.pe;

/**
 * A function or variable that the loader binds.
 *
 * @param library the DLL's name as the file has it, such as {@code KERNEL32.dll}
 * @param symbol its name; empty if it is imported by number
 * @param ordinal its number if it is imported by number, else 0
 * @param delayed whether it is bound at the first call
 */
public record PeImport(String library, String symbol, int ordinal, boolean delayed) {

  /**
   * Whether the library is a name of an API set, which Windows maps to the DLL that has it: {@code
   * api-ms-…} and {@code ext-ms-…} (Microsoft, "Windows API sets").
   */
  public boolean isApiSet() {
    return library.regionMatches(true, 0, "api-", 0, 4)
        || library.regionMatches(true, 0, "ext-", 0, 4);
  }
}
