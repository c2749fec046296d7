package org.onemalloc.objectfile.macho;

/** The type of a Mach-O file ({@code filetype}). */
public enum MachoType {
  /** MH_OBJECT: not linked yet. */
  OBJECT,
  /** MH_EXECUTE: a program. */
  EXECUTE,
  /** MH_DYLIB: a shared library that others link against. */
  DYLIB,
  /** MH_BUNDLE: a shared library that is only opened at run time. */
  BUNDLE,
  /** MH_DSYM: the debug information of another file; it is never loaded. */
  DEBUG_INFORMATION,
  OTHER;

  static MachoType of(int number) {
    return switch (number) {
      case 1 -> OBJECT;
      case 2 -> EXECUTE;
      case 6 -> DYLIB;
      case 8 -> BUNDLE;
      case 10 -> DEBUG_INFORMATION;
      default -> OTHER;
    };
  }
}
