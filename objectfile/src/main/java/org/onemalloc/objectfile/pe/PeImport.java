package org.onemalloc.objectfile.pe;

/**
 * A function or variable that the loader binds.
 *
 * @param library the name of the DLL as in the file, such as {@code KERNEL32.dll}
 * @param symbol its name; empty if it is imported by ordinal
 * @param ordinal its ordinal if it is imported by ordinal, else 0
 * @param delayed whether it is bound at the first call
 */
public record PeImport(String library, String symbol, int ordinal, boolean delayed) {

  /**
   * Returns whether the library is the name of an API set, which Windows maps to the DLL that
   * implements it: {@code api-ms-…} and {@code ext-ms-…} (Microsoft, "Windows API sets").
   */
  public boolean isApiSet() {
    return library.regionMatches(true, 0, "api-", 0, 4)
        || library.regionMatches(true, 0, "ext-", 0, 4);
  }
}
