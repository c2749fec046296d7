package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.onemalloc.Heap;

/** Prints how long the first allocation and free of a JVM take, in milliseconds. */
public final class FirstUse {
  private FirstUse() {}

  /** Runs one variant. */
  public static void main(String[] arguments) throws Throwable {
    long start = System.nanoTime();
    switch (arguments[0]) {
      case "heap" -> Heap.deallocate(Heap.allocate(64, 16), 64, 16);
      case "confined" -> {
        try (Arena arena = Arena.ofConfined()) {
          arena.allocate(64, 16);
        }
      }
      case "downcall" -> downcall();
      case "floor" -> floor();
      default -> {
        System.out.println(arguments[1]);
        return;
      }
    }
    System.out.println((System.nanoTime() - start) / 1e6);
  }

  /** One critical downcall to malloc, the minimum for any heap. */
  @SuppressWarnings("restricted")
  private static void floor() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle malloc =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("malloc"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG),
            Linker.Option.critical(false));
    long p = (long) malloc.invokeExact(64L);
    if (p == 0) {
      throw new OutOfMemoryError();
    }
  }

  private static void downcall() throws Throwable {
    C.Functions functions = C.glibc();
    MethodHandle malloc = C.malloc(functions);
    MethodHandle free = C.free(functions);
    long p = (long) malloc.invokeExact(64L);
    free.invokeExact(p);
  }
}
