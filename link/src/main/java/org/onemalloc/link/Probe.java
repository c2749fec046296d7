package org.onemalloc.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The program that runs inside a JVM of the image to be proven, with the module java.base alone.
 * Prints the files that malloc and free come from, in the process and in the default lookup, and
 * the number of bytes that glibc's own heap holds.
 */
@SuppressWarnings("restricted")
final class Probe {
  static final List<String> FUNCTIONS = List.of("malloc", "free", "calloc", "realloc");
  static final Map<String, String> NAMES =
      Map.of("process", "The process", "lookup", "The default lookup");

  static final String UNKNOWN = "unknown";

  private static final int MALLINFO_FIELDS = 10;
  private static final int ARENAS = 0;
  private static final int MAPPINGS = 4;

  private Probe() {}

  public static void main(String[] arguments) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MemorySegment dlsym = linker.defaultLookup().findOrThrow("dlsym");
    var find = linker.downcallHandle(dlsym, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      for (String name : FUNCTIONS) {
        MemorySegment own =
            (MemorySegment) find.invokeExact(MemorySegment.NULL, arena.allocateFrom(name));
        System.out.println("process." + name + "=" + fileOf(own.address()));
        long looked = linker.defaultLookup().findOrThrow(name).address();
        System.out.println("lookup." + name + "=" + fileOf(looked));
      }
      duplicate(linker, arena.allocateFrom("a block of one heap"));
    }
    System.out.println("glibc=" + glibcHeap(linker));
  }

  /** Frees a string from strdup, as tutorials do. This ends a process that has two heaps. */
  private static void duplicate(Linker linker, MemorySegment text) throws Throwable {
    var strdup =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("strdup"), FunctionDescriptor.of(ADDRESS, ADDRESS));
    var free =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));
    MemorySegment copy = (MemorySegment) strdup.invokeExact(text);
    free.invokeExact(copy);
  }

  /**
   * Returns the size of the memory that glibc has from the kernel, arenas and mappings, in bytes
   * (mallinfo(3)). Before 2.33, glibc has no {@code mallinfo2} and counts in {@code int}.
   */
  private static String glibcHeap(Linker linker) throws Throwable {
    var lookup = linker.defaultLookup();
    var found = lookup.find("mallinfo2");
    return found.isPresent()
        ? glibcHeap(linker, found.get(), JAVA_LONG)
        : glibcHeap(linker, lookup.find("mallinfo").orElse(null), JAVA_INT);
  }

  static String glibcHeap(Linker linker, MemorySegment function, ValueLayout field)
      throws Throwable {
    if (function == null) {
      return UNKNOWN;
    }
    MemoryLayout[] fields = new MemoryLayout[MALLINFO_FIELDS];
    java.util.Arrays.fill(fields, field);
    MemoryLayout figures = MemoryLayout.structLayout(fields);
    var call = linker.downcallHandle(function, FunctionDescriptor.of(figures));
    try (Arena arena = Arena.ofConfined()) {
      var result = (MemorySegment) call.invokeExact((java.lang.foreign.SegmentAllocator) arena);
      long arenas = at(result, field, ARENAS);
      long mappings = at(result, field, MAPPINGS);
      return Long.toString(arenas + mappings);
    }
  }

  private static long at(MemorySegment figures, ValueLayout field, int index) {
    long offset = index * field.byteSize();
    return field.byteSize() == Long.BYTES
        ? figures.get(JAVA_LONG, offset)
        : Integer.toUnsignedLong(figures.get(JAVA_INT, offset));
  }

  private static String fileOf(long address) throws Exception {
    // Only a newline ends a line of the kernel: a name may have a carriage return.
    String maps = new String(Files.readAllBytes(Path.of("/proc/self/maps")), UTF_8);
    for (String line : maps.split("\n", 0)) {
      int dash = line.indexOf('-');
      int space = line.indexOf(' ');
      long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
      long end = Long.parseUnsignedLong(line.substring(dash + 1, space), 16);
      if (Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0) {
        int path = line.indexOf('/');
        return path < 0 ? "nowhere" : line.substring(path);
      }
    }
    return "nowhere";
  }
}
