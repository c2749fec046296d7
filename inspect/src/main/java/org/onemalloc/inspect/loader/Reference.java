package org.onemalloc.inspect.loader;

/**
 * A symbol that an object's relocations refer to: what the loader looks up.
 *
 * @param symbol its name
 * @param version the version asked for, such as {@code GLIBC_2.2.5}; empty for none
 * @param weak whether it may stay unresolved
 * @param protectedHere whether the object itself defines it as protected, so that no other
 *     definition is taken (STV_PROTECTED)
 * @param kind what the relocation is for
 * @param symbolIndex its place in the object's dynamic symbol table
 */
public record Reference(
    String symbol,
    String version,
    boolean weak,
    boolean protectedHere,
    Kind kind,
    int symbolIndex) {

  /** What a relocation is for, as far as it matters for the lookup (glibc, ELF_RTYPE_CLASS). */
  public enum Kind {
    /** A call through the procedure linkage table, or a thread-local variable. */
    CALL,
    /** An address: of data, or of a function that is called or kept by address (GLOB_DAT). */
    ADDRESS,
    /** The copy of a library's variable in the executable (R_*_COPY). */
    COPY
  }
}
