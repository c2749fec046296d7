package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.allocators.JavaImage;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * The process of a Java image on Linux: the libraries that its JVM opens, and how Java code looks C
 * functions up.
 *
 * <p>The launcher's libjli opens libjvm with RTLD_NOW and RTLD_GLOBAL (OpenJDK, {@code
 * java.base/unix/native/libjli/java_md.c}, LoadJavaVM); the JVM opens its own libraries and those
 * of {@code System.load} with RTLD_LAZY and RTLD_LOCAL (HotSpot, {@code os::dll_load}; {@code
 * JVM_LoadLibrary}). So their references are looked up in the global scope first, and then in what
 * they need themselves.
 */
public final class JavaProcess {
  private JavaProcess() {}

  /**
   * Starts the launcher and opens every library of the image, as the JVM would.
   *
   * @param image an image with a launcher
   * @param loader the loader
   * @param preloads libraries to preload
   * @param environment the whole environment
   * @return the process; libraries that need others that are not installed (of a display, for
   *     example) are not in it but in {@link Namespace#missing()}
   * @throws org.onemalloc.objectfile.ObjectFileException if the launcher is malformed
   * @throws java.util.NoSuchElementException if there is no launcher
   * @throws IOException if a file cannot be read
   */
  public static Namespace start(
      JavaImage image, DynamicLoader loader, List<String> preloads, Map<String, String> environment)
      throws IOException {
    Namespace process = loader.start(image.launcher().orElseThrow(), preloads, environment);
    openLibraries(image, process);
    return process;
  }

  /**
   * Opens every library of an image in a process that another launcher has started.
   *
   * @param image the image
   * @param process a process that runs it
   * @throws IOException if the directory cannot be read
   */
  public static void openLibraries(JavaImage image, Namespace process) throws IOException {
    for (Path library : image.libraries()) {
      if (library.equals(image.jvm())) {
        process.dlopen(library, OpenFlag.GLOBAL);
      } else {
        process.dlopen(library);
      }
    }
  }

  /**
   * Returns what {@code Linker.nativeLinker().defaultLookup()} finds, which looks up by the handle
   * of {@code lib/libsyslookup.so}, and so searches that library and what it needs, but nothing
   * that is preloaded (OpenJDK, {@code jdk.internal.foreign.SystemLookup}). In a linked image that
   * library is a {@link ProcessLookup}, whose definitions lead to what its own references are bound
   * to.
   *
   * @param process the process in which the image's libraries are open
   * @param symbol a function
   * @return empty if it finds none
   */
  public static Optional<Definition> defaultLookup(Namespace process, String symbol) {
    Optional<Definition> found =
        process.find("libsyslookup.so").flatMap(handle -> process.dlsym(handle, symbol));
    return found.filter(definition -> ProcessLookup.isOne(definition.object().file())).isPresent()
        ? process.bindings(found.get().object(), symbol::equals).stream()
            .flatMap(binding -> binding.provider().stream())
            .findFirst()
        : found;
  }

  /**
   * Returns what {@code SymbolLookup.libraryLookup(name, arena)} finds, which looks up by the
   * handle of a library that it opens with RTLD_LOCAL.
   *
   * @param process the process; the library is open in it afterwards
   * @param library a name or a path
   * @param symbol a function
   * @return the definition; empty if there is no such library, or no such function in it or in what
   *     it needs
   */
  public static Optional<Definition> libraryLookup(
      Namespace process, String library, String symbol) {
    return process
        .dlopen(library, process.program())
        .flatMap(handle -> process.dlsym(handle, symbol));
  }

  /**
   * Returns what a library of JNA finds. JNA opens libraries with RTLD_LAZY and RTLD_GLOBAL (its
   * {@code native/dispatch.c}); {@code Native.load("c", …)} means the whole process on Linux
   * ({@code com.sun.jna.NativeLibrary.getInstance}), and so finds what is preloaded.
   *
   * @param process the process; the library is open in it afterwards
   * @param library {@code c}, or a file name or path
   * @param symbol a function
   * @return empty if there is no such library or function
   */
  public static Optional<Definition> jnaLookup(Namespace process, String library, String symbol) {
    if (library.equals("c")) {
      return process.dlsym(process.program(), symbol);
    }
    return process
        .dlopen(library, process.program(), OpenFlag.GLOBAL)
        .flatMap(handle -> process.dlsym(handle, symbol));
  }
}
