package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.objectfile.elf.ProcessLookup;

/**
 * A Java image on Linux: a JDK, a JRE, a jlink image or the directory of a jpackage application;
 * what its JVM opens, and how Java code looks C functions up.
 *
 * <p>The launcher's libjli opens libjvm with RTLD_NOW and RTLD_GLOBAL (OpenJDK, {@code
 * java.base/unix/native/libjli/java_md.c}, LoadJavaVM); the JVM opens its own libraries and those
 * of {@code System.load} with RTLD_LAZY and RTLD_LOCAL (HotSpot, {@code os::dll_load}; {@code
 * JVM_LoadLibrary}). So each of them is looked up in the global scope first, then in what it needs
 * itself.
 *
 * @param home the directory that has {@code lib/server/libjvm.so}
 * @param jvm that file, or the other variant that the image has instead
 */
public record JavaImage(Path home, Path jvm) {
  private static final List<String> VARIANTS = List.of("server", "client", "minimal", "zero");

  /**
   * Looks for an image.
   *
   * @param directory a Java home or a jpackage application
   * @return empty if there is no libjvm where one would be
   */
  public static Optional<JavaImage> in(Path directory) {
    for (Path home : List.of(directory, directory.resolve("lib/runtime"))) {
      for (String variant : VARIANTS) {
        Path jvm = home.resolve("lib").resolve(variant).resolve("libjvm.so");
        if (Files.isRegularFile(jvm)) {
          return Optional.of(new JavaImage(home, jvm));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Its launcher.
   *
   * @return {@code bin/java}, which a jpackage application has not
   */
  public Optional<Path> launcher() {
    return Optional.of(home.resolve("bin/java")).filter(Files::isRegularFile);
  }

  /**
   * Its libraries: all that its JVM may open, though few programs make it open all.
   *
   * @return libjvm, libjava and libjimage first, as the JVM opens them, then by name
   * @throws IOException if the directory cannot be read
   */
  public List<Path> libraries() throws IOException {
    List<Path> libraries = new ArrayList<>(List.of(jvm));
    for (String first : List.of("libjava.so", "libjimage.so")) {
      libraries.add(home.resolve("lib").resolve(first));
    }
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      files.filter(file -> file.toString().endsWith(".so")).sorted().forEach(libraries::add);
    }
    return libraries.stream().distinct().filter(Files::isRegularFile).toList();
  }

  /**
   * Starts the launcher and opens every library of the image, as the JVM would.
   *
   * @param loader the loader
   * @param preloads libraries to preload
   * @param environment the whole environment
   * @return the process; what needs libraries that are not installed (a display's, say) is named in
   *     {@link Namespace#missing()} and is not there
   * @throws org.onemalloc.objectfile.ObjectFileException if there is no launcher or it is malformed
   * @throws IOException if a file cannot be read
   */
  public Namespace start(
      DynamicLoader loader, List<String> preloads, Map<String, String> environment)
      throws IOException {
    Namespace process = loader.start(home.resolve("bin/java"), preloads, environment);
    openLibraries(process);
    return process;
  }

  /**
   * Opens every library of the image in a process that some other launcher has started.
   *
   * @param process a process that runs this image
   * @throws IOException if the directory cannot be read
   */
  public void openLibraries(Namespace process) throws IOException {
    for (Path library : libraries()) {
      if (library.equals(jvm)) {
        process.dlopen(library, OpenFlag.GLOBAL);
      } else {
        process.dlopen(library);
      }
    }
  }

  /**
   * What {@code Linker.nativeLinker().defaultLookup()} finds: a lookup by the handle of {@code
   * lib/libsyslookup.so}, which sees that library and what it needs, and nothing that is preloaded
   * (OpenJDK, {@code jdk.internal.foreign.SystemLookup}). In an image that is linked, that library
   * is a {@link ProcessLookup}, which leads to what its own reference is bound to.
   *
   * @param process where the image's libraries are open
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
   * What {@code SymbolLookup.libraryLookup(name, arena)} finds: a lookup by the handle of a library
   * that is opened with RTLD_LOCAL.
   *
   * @param process the process; the library is open in it afterwards
   * @param library a name or a path
   * @param symbol a function
   * @return empty if there is no such library or no such function in it or in what it needs
   */
  public static Optional<Definition> libraryLookup(
      Namespace process, String library, String symbol) {
    return process
        .dlopen(library, process.program())
        .flatMap(handle -> process.dlsym(handle, symbol));
  }

  /**
   * What a library of JNA finds. JNA opens libraries with RTLD_LAZY and RTLD_GLOBAL (its {@code
   * native/dispatch.c}); {@code Native.load("c", …)} means the whole process on Linux ({@code
   * com.sun.jna.NativeLibrary.getInstance}), and so sees what is preloaded.
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
