package org.onemalloc.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** A JVM that looks at itself and prints what it has seen. */
@SuppressWarnings("restricted")
final class Looker {
  private static final int RTLD_NOW = 2;
  private static final int RTLD_DEEPBIND = 8;

  private Looker() {}

  /**
   * Runs it.
   *
   * @param arguments {@code none}; {@code glibc} to allocate with glibc's malloc; or a library that
   *     is opened so that its calls lead to another allocator than the JVM's
   */
  static void main(String[] arguments) throws Throwable {
    if (arguments[0].equals("glibc")) {
      call(SymbolLookup.libraryLookup("libc.so.6", Arena.global()), "malloc");
    } else if (arguments[0].startsWith("/")) {
      open(arguments[0]);
    }
    AllocatorProof bindings = AllocatorProof.ofThisProcess();
    bindings.failures().forEach(System.err::println);
    bindings.unseen().forEach(System.err::println);
    System.out.println(
        "%s %s %s %d failures %d unseen"
            .formatted(
                bindings.allocator(),
                bindings.isProven(),
                Path.of(bindings.provider()).getFileName(),
                bindings.failures().size(),
                bindings.unseen().size()));
  }

  private static void call(SymbolLookup lookup, String function) throws Throwable {
    Object _ =
        Linker.nativeLinker()
            .downcallHandle(
                lookup.find(function).orElseThrow(),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG))
            .invoke(100L);
  }

  private static void open(String library) throws Throwable {
    MemorySegment open =
        SymbolLookup.libraryLookup("libc.so.6", Arena.global()).find("dlopen").get();
    Object _ =
        Linker.nativeLinker()
            .downcallHandle(
                open,
                FunctionDescriptor.of(
                    ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
            .invoke(Arena.global().allocateFrom(library), RTLD_NOW | RTLD_DEEPBIND);
  }
}
