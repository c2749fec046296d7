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
  /** The libraries that musl itself contains, without {@code lib}. */
  private static final List<String> OWN =
      List.of("c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet.");

  private static final String USUAL = "/lib:/usr/local/lib:/usr/lib";

  /** The limit of Linux. */
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

  /**
   * Returns the file with the directories of this machine: {@code PREFIX/etc/ld-musl-ARCH.path} for
   * a loader in {@code PREFIX/lib}.
   */
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

  /** Returns whether a name is that of musl's loader, which is its C library. */
  static boolean isLibc(String name) {
    return name.startsWith("lib") && OWN.stream().anyMatch(own -> name.startsWith(own, 3));
  }

  /**
   * Finds a library.
   *
   * @param name the requested name; with a slash it is a path
   * @param chain the requester, the object for which that was loaded, and so on: the DT_RUNPATH of
   *     each, or otherwise its DT_RPATH, is searched
   * @return the file, or null if there is none
   * @throws Refused if there is a file that is not a library: musl ends its search there
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

  /** Takes the first file that can be opened, whatever it is. */
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

  /**
   * Returns an object's own path (fixup_rpath), which is ignored as a whole if it has any other
   * {@code $}.
   */
  private String path(LoadedObject object) {
    String path = object.file().runpath().or(object.file()::rpath).orElse("");
    String expanded = path.replace("${ORIGIN}", "$ORIGIN");
    if (expanded.replace("$ORIGIN", "").contains("$")) {
      return "";
    }
    return expanded.contains("$") ? expanded.replace("$ORIGIN", origin(object)) : expanded;
  }

  /**
   * Returns the directory of the name that it was found by; for the program, of the name that the
   * kernel has.
   */
  private String origin(LoadedObject object) {
    String path = object.name();
    if (object == program) {
      try {
        path = object.path().toRealPath().toString();
      } catch (IOException e) {
        // removed since it was read: the name as given
      }
    }
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "." : path.substring(0, slash);
  }
}
