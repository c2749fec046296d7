package org.onemalloc.inspect.loader;

/**
 * A symbol that an object's relocations refer to, and that the loader looks up.
 *
 * @param symbol its name
 * @param version the requested version, such as {@code GLIBC_2.2.5}; empty for none
 * @param weak whether it may stay unresolved
 * @param protectedHere whether the object itself defines it as protected, so that no other
 *     definition is used (STV_PROTECTED)
 * @param kind the purpose of the relocation
 * @param symbolIndex its index in the object's dynamic symbol table
 */
public record Reference(
    String symbol,
    String version,
    boolean weak,
    boolean protectedHere,
    Kind kind,
    int symbolIndex) {

  /** The purpose of a relocation, as far as the lookup depends on it (glibc, ELF_RTYPE_CLASS). */
  public enum Kind {
    /** A call through the procedure linkage table, or a thread-local variable. */
    CALL,
    /** The address of data, or of a function that is called or stored by address (GLOB_DAT). */
    ADDRESS,
    /** The copy of a library's variable in the executable (R_*_COPY). */
    COPY
  }
}
