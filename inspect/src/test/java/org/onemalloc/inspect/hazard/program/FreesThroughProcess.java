package org.onemalloc.inspect.hazard.program;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The same with the process's own free: dlsym(RTLD_DEFAULT, "free"). */
public final class FreesThroughProcess {
  private FreesThroughProcess() {}

  @SuppressWarnings("restricted")
  public static void main(String[] arguments) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle dlsym =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("dlsym"),
            FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    MemorySegment strdup = linker.defaultLookup().findOrThrow("strdup");
    MethodHandle copy = linker.downcallHandle(strdup, FunctionDescriptor.of(ADDRESS, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom("free");
      MemorySegment free = (MemorySegment) dlsym.invokeExact(MemorySegment.NULL, name);
      MethodHandle give = linker.downcallHandle(free, FunctionDescriptor.ofVoid(ADDRESS));
      MemorySegment text = arena.allocateFrom("a string of some length, no special case");
      give.invokeExact((MemorySegment) copy.invokeExact(text));
    }
    System.out.println("survived");
  }
}
