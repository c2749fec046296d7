package org.onemalloc.inspect.hazard;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.objectfile.TextSearch;

/**
 * Java classes that look {@code malloc} or {@code free} up by a handle, which finds only libc's.
 */
public final class JavaLookups {
  /** A text that nearly every class lacks; the constants of the few that have it are read. */
  private static final TextSearch FOREIGN =
      new TextSearch(List.of("java/lang/foreign/", "java.lang.foreign."));

  private JavaLookups() {}

  /**
   * Returns whether a class asks a lookup by handle of {@code java.lang.foreign} for {@code malloc}
   * or {@code free}: {@code Linker.defaultLookup()}, {@code SymbolLookup.loaderLookup()}, or {@code
   * SymbolLookup.libraryLookup} for libc. The constants of the class decide, so that a lookup by
   * reflection is found too. A class that has {@code dlsym} among them looks up through {@code
   * dlsym}.
   *
   * @param classFile the bytes of a class file
   * @return whether it does; false if this is not a class file
   */
  public static boolean in(byte[] classFile) {
    if (Arrays.stream(FOREIGN.firstIn(classFile)).max().orElseThrow() < 0) {
      return false;
    }
    try {
      Set<String> texts = new HashSet<>();
      for (PoolEntry entry : ClassFile.of().parse(classFile).constantPool()) {
        if (entry instanceof Utf8Entry text) {
          texts.add(text.stringValue());
        }
      }
      return looksUp(texts);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean looksUp(Set<String> texts) {
    boolean foreign =
        texts.contains("java/lang/foreign/Linker")
            || texts.contains("java/lang/foreign/SymbolLookup")
            || texts.contains("java.lang.foreign.Linker")
            || texts.contains("java.lang.foreign.SymbolLookup");
    boolean byHandle =
        texts.contains("defaultLookup")
            || texts.contains("loaderLookup")
            || (texts.contains("libraryLookup")
                && (texts.contains("libc.so.6") || texts.contains("libc.so")));
    return foreign
        && byHandle
        && (texts.contains("malloc") || texts.contains("free"))
        && !texts.contains("dlsym");
  }
}
