package org.onemalloc.allocators;

import java.util.List;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.LookupAnswer;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * The two libraries that make Java's default lookup of native functions find the malloc and free of
 * the process, in every JVM that a process opens.
 *
 * <p>{@code Linker.defaultLookup()} opens the JDK's {@code lib/libsyslookup.so} and searches only
 * that library and its dependencies, among them libc. The {@code strdup} found there allocates with
 * the allocator of the process, but the {@code free} found there is glibc's. The first library
 * answers that {@code dlopen} ({@link LookupAnswer}) with the second, whose {@code free} is that of
 * the process ({@link ProcessLookup}).
 */
public final class LookupLibraries {
  /**
   * The file name and soname of the library that answers {@code dlopen} beside a linked program.
   */
  public static final String ANSWER = "libonemalloc-dlopen.so";

  /** The file name beside a linked program, and the soname, of the library with malloc and free. */
  public static final String LOOKUP = "libonemalloc-lookup.so";

  /**
   * The libraries that a JDK's libsyslookup.so needs, in its order (OpenJDK,
   * make/modules/java.base).
   */
  private static final List<String> NEEDED = List.of("libdl.so.2", "libm.so.6", "libc.so.6");

  private LookupLibraries() {}

  /**
   * Returns whether the libraries can be made for a process.
   *
   * @param model an ELF file of the process
   */
  public static boolean support(ElfFile model) {
    return ProcessLookup.supports(model);
  }

  /**
   * Makes the library that has malloc and free.
   *
   * @param model an ELF file of the process
   * @return the file; the same bytes for the same machine
   */
  public static byte[] lookup(ElfFile model) {
    return ProcessLookup.create(model, LOOKUP, NEEDED, MallocFamily.OWN_HEAP);
  }

  /**
   * Makes the library that answers {@code dlopen}.
   *
   * @param model an ELF file of the process
   * @param soname its soname; a process may have one that is preloaded and one of a linked program
   * @param lookup the path of the other library: absolute, or from {@code $ORIGIN}, the directory
   *     of the library that is made
   * @return the file; the same bytes for the same arguments
   */
  public static byte[] answer(ElfFile model, String soname, String lookup) {
    return LookupAnswer.create(model, soname, lookup);
  }
}
