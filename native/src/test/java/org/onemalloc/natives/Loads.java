package org.onemalloc.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** A JVM that loads a shared library and calls one of its functions. */
@SuppressWarnings("restricted")
final class Loads {
  private Loads() {}

  public static void main(String[] arguments) throws Throwable {
    SymbolLookup library = SymbolLookup.libraryLookup(Path.of(arguments[0]), Arena.global());
    Linker.nativeLinker()
        .downcallHandle(
            library.find(arguments[1]).orElseThrow(),
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG))
        .invoke(arguments.length > 2 ? Long.parseLong(arguments[2]) : 0L);
    System.out.println("done");
  }
}
