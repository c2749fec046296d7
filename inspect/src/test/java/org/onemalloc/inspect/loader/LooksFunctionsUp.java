package org.onemalloc.inspect.loader;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Says in which file each way of looking malloc up finds it; run in a JVM of its own. */
@SuppressWarnings("restricted")
final class LooksFunctionsUp {
  private LooksFunctionsUp() {}

  public static void main(String[] arguments) throws Throwable {
    System.loadLibrary("net");
    System.loadLibrary("nio");
    try (Arena arena = Arena.ofConfined()) {
      Linker linker = Linker.nativeLinker();
      MethodHandle dladdr =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("dladdr"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
      SymbolLookup libc = SymbolLookup.libraryLookup("libc.so.6", arena);
      for (String symbol : arguments) {
        System.out.println(file(dladdr, linker.defaultLookup().findOrThrow(symbol), arena));
        System.out.println(file(dladdr, libc.findOrThrow(symbol), arena));
      }
    }
  }

  private static String file(MethodHandle dladdr, MemorySegment address, Arena arena)
      throws Throwable {
    MemorySegment info = arena.allocate(4 * ValueLayout.ADDRESS.byteSize());
    var _ = (int) dladdr.invoke(address, info);
    return info.get(ValueLayout.ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0);
  }
}
