package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.onemalloc.objectfile.elf.ElfFile;

/** Finds the file for a library's name as musl does (ldso/dynlink.c, load_library, path_open). */
final class MuslSearch {
  /** What a name that starts with {@code lib} goes on with if musl itself serves it. */
  private static final List<String> OWN =
      List.of("c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet.");

  private static final String USUAL = "/lib:/usr/local/lib:/usr/lib";

  /** Of Linux. */
  private static final int NAME_MAX = 255;

  private final DynamicLoader machine;
  private final LoadedObject program;
  private final ElfFile like;
  private final String fromEnvironment;
  private final String ofSystem;
  private final Places places;

  MuslSearch(
      DynamicLoader machine,
      Interpreter interpreter,
      LoadedObject program,
      Map<String, String> environment) {
    this.machine = machine;
    this.program = program;
    this.like = program.file();
    this.places = new Places(program);
    this.fromEnvironment = environment.getOrDefault("LD_LIBRARY_PATH", "");
    this.ofSystem = pathFile(interpreter.path());
  }

  /** The directories of this machine: {@code PREFIX/etc/ld-musl-ARCH.path} beside PREFIX/lib. */
  private static String pathFile(String loader) {
    int name = loader.lastIndexOf('/');
    String prefix =
        name <= 0 ? "" : loader.substring(0, Math.max(0, loader.lastIndexOf('/', name - 1)));
    String architecture = loader.substring(name + 1).replaceAll("^ld-musl-|\\.so.*$", "");
    try {
      return Files.readString(Path.of(prefix + "/etc/ld-musl-" + architecture + ".path"));
    } catch (java.nio.file.NoSuchFileException e) {
      return USUAL;
    } catch (IOException | InvalidPathException e) {
      return "";
    }
  }

  /** Whether musl's loader, which is its C library, answers to a name. */
  static boolean isLibc(String name) {
    return name.startsWith("lib") && OWN.stream().anyMatch(own -> name.startsWith(own, 3));
  }

  /**
   * Finds a library.
   *
   * @param name as it is asked for; with a slash it is a path
   * @param chain who asks, for whom that was loaded, and so on: the DT_RUNPATH of each, or else its
   *     DT_RPATH, is searched
   * @return null if it is nowhere
   * @throws Refused if something is in its place that is no library: musl does not go on then
   */
  LibrarySearch.Found find(String name, List<LoadedObject> chain) throws Refused {
    if (name.contains("/")) {
      return open(name);
    }
    if (name.length() > NAME_MAX) {
      return null;
    }
    LibrarySearch.Found found = in(fromEnvironment, name);
    for (LoadedObject each : chain) {
      found = found == null ? in(path(each), name) : found;
    }
    return found != null ? found : in(ofSystem, name);
  }

  private LibrarySearch.Found in(String path, String name) throws Refused {
    for (String directory : path.split("[:\n]", -1)) {
      LibrarySearch.Found found = directory.isEmpty() ? null : open(directory + "/" + name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** The first file that can be opened is taken, whatever it is. */
  private LibrarySearch.Found open(String path) throws Refused {
    places.oneMore();
    if (path.length() >= Places.PATH_MAX) {
      return null;
    }
    SharedFile file = machine.open(path, like);
    if (file == null && machine.identity(path) != null) {
      throw new Refused(path + " is for another machine.");
    }
    return file == null ? null : new LibrarySearch.Found(path, file);
  }

  /** An object's own path (fixup_rpath): all of it is ignored if it has another {@code $}. */
  private String path(LoadedObject object) {
    String path = object.file().runpath().or(object.file()::rpath).orElse("");
    String expanded = path.replace("${ORIGIN}", "$ORIGIN");
    if (expanded.replace("$ORIGIN", "").contains("$")) {
      return "";
    }
    return expanded.contains("$") ? expanded.replace("$ORIGIN", origin(object)) : expanded;
  }

  /** The directory of the name that it was found by; of the program as the kernel has it. */
  private String origin(LoadedObject object) {
    String path = object.name();
    if (object == program) {
      try {
        path = object.path().toRealPath().toString();
      } catch (IOException e) {
        // gone since it was read: as it was named
      }
    }
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "." : path.substring(0, slash);
  }
}
