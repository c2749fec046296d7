package org.onemalloc.inspect.hazard.program;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What tutorials on the Foreign Function and Memory API teach: strdup, then free. */
public final class FreesThroughDefaultLookup {
  private FreesThroughDefaultLookup() {}

  @SuppressWarnings("restricted")
  public static void main(String[] arguments) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MemorySegment strdup = linker.defaultLookup().findOrThrow("strdup");
    MethodHandle copy = linker.downcallHandle(strdup, FunctionDescriptor.of(ADDRESS, ADDRESS));
    MemorySegment free = linker.defaultLookup().findOrThrow("free");
    MethodHandle give = linker.downcallHandle(free, FunctionDescriptor.ofVoid(ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("a string of some length, no special case");
      give.invokeExact((MemorySegment) copy.invokeExact(text));
    }
    System.out.println("survived");
  }
}
