package org.onemalloc.objectfile.macho;

/**
 * A library that a file is linked against. Its place in {@link MachoFile#libraries()}, counted from
 * 1, is the ordinal of the imports that come from it.
 *
 * @param name its install name, as {@code /usr/lib/libSystem.B.dylib}; {@code @rpath} and the like
 *     not expanded
 * @param kind how it is linked
 */
public record MachoLibrary(String name, Kind kind) {

  /** The load command that names it. */
  public enum Kind {
    /** LC_LOAD_DYLIB. */
    LOAD,
    /** LC_LOAD_WEAK_DYLIB: may be missing. */
    WEAK,
    /** LC_REEXPORT_DYLIB: what it exports, the file exports too. */
    REEXPORT,
    /** LC_LAZY_LOAD_DYLIB: loaded at the first call. */
    LAZY,
    /** LC_LOAD_UPWARD_DYLIB: a cycle. */
    UPWARD
  }
}
