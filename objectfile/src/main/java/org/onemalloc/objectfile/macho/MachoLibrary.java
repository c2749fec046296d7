package org.onemalloc.objectfile.macho;

/**
 * A library that a file is linked against. Its position in {@link MachoFile#libraries()}, counted
 * from 1, is the ordinal of the imports from this library.
 *
 * @param name its install name, such as {@code /usr/lib/libSystem.B.dylib}, with {@code @rpath} and
 *     the like not expanded
 * @param kind how it is linked
 */
public record MachoLibrary(String name, Kind kind) {

  /** The load command that names it. */
  public enum Kind {
    /** LC_LOAD_DYLIB. */
    LOAD,
    /** LC_LOAD_WEAK_DYLIB: the library may be missing. */
    WEAK,
    /** LC_REEXPORT_DYLIB: the file exports the symbols of the library too. */
    REEXPORT,
    /** LC_LAZY_LOAD_DYLIB: the library is loaded at the first call. */
    LAZY,
    /** LC_LOAD_UPWARD_DYLIB: the library may in turn depend on the file. */
    UPWARD
  }
}
