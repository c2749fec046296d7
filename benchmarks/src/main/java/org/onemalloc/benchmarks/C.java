package org.onemalloc.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;

/** The kernels in C, and the allocators that they are given. */
@SuppressWarnings("restricted")
final class C {
  /** Raw access to all memory. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final String LIBRARIES = "/usr/lib/x86_64-linux-gnu/";
  private static final SymbolLookup KERNELS = library(System.getProperty("bench.kernels"));

  private C() {}

  /** An allocator's functions; {@code sized} is sdallocx, null if it has none. */
  record Functions(
      MemorySegment malloc,
      MemorySegment free,
      MemorySegment calloc,
      MemorySegment realloc,
      MemorySegment sized) {
    static Functions of(String file, String prefix) {
      SymbolLookup library = library(file);
      return new Functions(
          library.findOrThrow(prefix + "malloc"),
          library.findOrThrow(prefix + "free"),
          library.findOrThrow(prefix + "calloc"),
          library.findOrThrow(prefix + "realloc"),
          library.find("sdallocx").orElse(null));
    }
  }

  static Functions jemalloc() {
    return Functions.of(LIBRARIES + "libjemalloc.so.2", "");
  }

  static Functions tcmalloc() {
    return Functions.of(LIBRARIES + "libtcmalloc_minimal.so.4", "tc_");
  }

  static Functions mimalloc() {
    return Functions.of(LIBRARIES + "libmimalloc.so.2", "mi_");
  }

  static Functions glibc() {
    return Functions.of("libc.so.6", "");
  }

  static Functions named(String name) {
    return switch (name) {
      case "jemalloc" -> jemalloc();
      case "tcmalloc" -> tcmalloc();
      case "mimalloc" -> mimalloc();
      case "glibc" -> glibc();
      default -> throw new IllegalArgumentException("There is no allocator " + name + " here.");
    };
  }

  private static SymbolLookup library(String file) {
    return file.startsWith("/")
        ? SymbolLookup.libraryLookup(Path.of(file), Arena.global())
        : SymbolLookup.libraryLookup(file, Arena.global());
  }

  /** A kernel that returns nothing; all of its work is one normal call. */
  static MethodHandle kernel(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(KERNELS.findOrThrow(name), FunctionDescriptor.ofVoid(parameters));
  }

  static MethodHandle kernelOfAddress(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(KERNELS.findOrThrow(name), FunctionDescriptor.of(ADDRESS, parameters));
  }

  static MethodHandle critical(MemorySegment function, MemoryLayout result, MemoryLayout... in) {
    FunctionDescriptor shape =
        result == null ? FunctionDescriptor.ofVoid(in) : FunctionDescriptor.of(result, in);
    return Linker.nativeLinker().downcallHandle(function, shape, Linker.Option.critical(false));
  }

  static MethodHandle malloc(Functions f) {
    return critical(f.malloc, JAVA_LONG, JAVA_LONG);
  }

  static MethodHandle free(Functions f) {
    return critical(f.free, null, JAVA_LONG);
  }

  static MemorySegment ints(int... values) {
    return Arena.global().allocateFrom(JAVA_INT, Arrays.copyOf(values, values.length));
  }
}
