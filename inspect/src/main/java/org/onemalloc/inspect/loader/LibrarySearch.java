package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.objectfile.elf.ElfFile;

/** Finds the file for the name of a library, as glibc does (elf/dl-load.c, _dl_map_new_object). */
final class LibrarySearch {
  private static final long DF_1_NODEFLIB = 0x800;

  private final DynamicLoader machine;
  private final Interpreter interpreter;
  private final LoadedObject program;
  private final ElfFile like;
  private final List<String> fromEnvironment;
  private final Places places;

  /** A file, and the name that the loader gives it. */
  record Found(String path, SharedFile file) {}

  LibrarySearch(
      DynamicLoader machine,
      Interpreter interpreter,
      LoadedObject program,
      Map<String, String> environment) {
    this.machine = machine;
    this.interpreter = interpreter;
    this.program = program;
    this.like = program.file();
    this.places = new Places(program);
    String path = environment.getOrDefault("LD_LIBRARY_PATH", "");
    this.fromEnvironment = path.isEmpty() ? List.of() : directories(path, "[:;]", program);
  }

  /**
   * Finds a library.
   *
   * @param name the requested name; with a slash it is a path
   * @param requester the object that needs or opens it
   * @return the file, or null if there is none
   * @throws Refused if the loader finds a file that it cannot load, and ends the search with an
   *     error
   */
  Found find(String name, LoadedObject requester) throws Refused {
    if (name.contains("/")) {
      String path = expand(name, requester);
      return path.isEmpty() ? null : open(path);
    }
    Found found = requester.file().runpath().isEmpty() ? inRpaths(name, requester) : null;
    if (found == null) {
      found = in(fromEnvironment, name);
    }
    if (found == null) {
      found = in(directories(requester.file().runpath(), requester), name);
    }
    if (found == null) {
      found = inCache(name, requester);
    }
    return found != null || avoidsDefaults(requester) ? found : in(interpreter.directories(), name);
  }

  /**
   * Searches the DT_RPATH of the requester, then that of the object for which the requester was
   * loaded, and so on, and at last that of the program.
   */
  private Found inRpaths(String name, LoadedObject requester) throws Refused {
    boolean sawProgram = false;
    for (LoadedObject each = requester; each != null; each = each.loadedFor().orElse(null)) {
      Found found = in(rpath(each), name);
      if (found != null) {
        return found;
      }
      sawProgram |= each == program;
    }
    return sawProgram ? null : in(rpath(program), name);
  }

  private List<String> rpath(LoadedObject object) {
    boolean ignored = object.file().runpath().isPresent();
    return ignored ? List.of() : directories(object.file().rpath(), object);
  }

  private Found inCache(String name, LoadedObject requester) throws Refused {
    Optional<String> path = machine.cached(name, like);
    if (path.isEmpty()) {
      return null;
    }
    boolean refused =
        avoidsDefaults(requester)
            && interpreter.directories().stream().anyMatch(path.get()::startsWith);
    return refused ? null : open(path.get());
  }

  private static boolean avoidsDefaults(LoadedObject requester) {
    return (requester.shared().flags1() & DF_1_NODEFLIB) != 0;
  }

  private Found in(List<String> directories, String name) throws Refused {
    for (String directory : directories) {
      for (String hwcap : machine.hwcapDirectories()) {
        Found found = open(directory + "glibc-hwcaps/" + hwcap + "/" + name);
        if (found != null) {
          return found;
        }
      }
      Found found = open(directory + name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private Found open(String path) throws Refused {
    places.oneMore();
    SharedFile file = machine.open(path, like);
    return file == null ? null : new Found(path, file);
  }

  private List<String> directories(Optional<String> path, LoadedObject owner) {
    return path.filter(text -> !text.isEmpty())
        .map(text -> directories(text, ":", owner))
        .orElse(List.of());
  }

  /** Splits a path list (fillin_rpath); an empty element means the current directory. */
  private List<String> directories(String path, String separator, LoadedObject owner) {
    List<String> directories = new ArrayList<>();
    for (String element : Arrays.asList(path.split(separator, -1))) {
      if (element.isEmpty()) {
        directories.add("");
        continue;
      }
      String expanded = expand(element, owner);
      if (!expanded.isEmpty()) {
        directories.add(expanded.replaceAll("(?<=.)/+$", "").replaceAll("(?<!/)$", "/"));
      }
    }
    return directories.stream().distinct().toList();
  }

  /**
   * Replaces {@code $ORIGIN}, {@code $LIB} and {@code $PLATFORM}, with or without braces; returns
   * an empty string if the result is too long to be a path.
   */
  String expand(String text, LoadedObject owner) {
    if (text.indexOf('$') < 0 || text.length() > Places.PATH_MAX) {
      return text.length() > Places.PATH_MAX ? "" : text;
    }
    String replaced = replace(text, "ORIGIN", origin(owner));
    replaced = replace(replaced, "LIB", interpreter.libraryDirectory());
    return replace(replaced, "PLATFORM", like.machine().name().replace('-', '_'));
  }

  private static String replace(String text, String token, String value) {
    String literal = java.util.regex.Matcher.quoteReplacement(value);
    return text.replaceAll("\\$\\{" + token + "\\}|\\$" + token + "(?![A-Za-z0-9_])", literal);
  }

  /**
   * Returns the value of {@code $ORIGIN}: the directory of the file. For the program, links are
   * resolved first, because the loader takes the path from the kernel (/proc/self/exe).
   */
  private String origin(LoadedObject owner) {
    Path path = owner.path().toAbsolutePath();
    if (owner == program) {
      try {
        path = path.toRealPath();
      } catch (IOException e) {
        // The file was removed after it was read; use its path as given.
      }
    }
    Path parent = path.getParent();
    return parent == null ? "/" : parent.toString();
  }
}
