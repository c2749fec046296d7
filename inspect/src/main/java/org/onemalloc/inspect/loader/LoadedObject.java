package org.onemalloc.inspect.loader;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * One file in a {@link Namespace}: the program, a library, or the loader itself (glibc's {@code
 * struct link_map}). Objects are compared by identity.
 */
public final class LoadedObject {
  private final String name;
  private final SharedFile file;
  private final LoadedObject loader;
  private final Set<String> names = new LinkedHashSet<>();

  /** The lists in which its references are looked up, in order (l_scope). */
  final List<Scope> scopes = new ArrayList<>();

  /** Its own breadth-first list, which dlsym(3) with its handle searches (l_searchlist). */
  final Scope own = new Scope();

  /** Copies of the scopes from the moment when it was relocated. */
  List<List<LoadedObject>> boundIn = List.of();

  /** The object itself and then what it needs, filtees included (l_initfini before sorting). */
  List<LoadedObject> needed = List.of();

  boolean initialized;
  boolean global;

  /** Whether it was loaded by dlopen, or needed by an object that was (lt_loaded). */
  boolean openedLater;

  /** Device and inode; null for the program and the loader, which are not compared by them. */
  Object identity;

  LoadedObject(String name, SharedFile file, LoadedObject loader) {
    this.name = name;
    this.file = file;
    this.loader = loader;
  }

  /**
   * Returns its name in the loader's output: the program as it was started, a library by the path
   * at which it was found, which is not normalised ({@code /opt/app/bin/../lib/libx.so}).
   *
   * @return a path
   */
  public String name() {
    return name;
  }

  /**
   * Returns its name as a path.
   *
   * @return not normalised
   */
  public Path path() {
    return Path.of(name);
  }

  /**
   * * Returns its content.
   *
   * @return the file, parsed once for all namespaces of one {@link DynamicLoader}
   */
  public ElfFile file() {
    return file.elf();
  }

  /**
   * Returns its DT_SONAME, the name by which others need it.
   *
   * @return empty for most programs
   */
  public Optional<String> soname() {
    return file.elf().soname();
  }

  /**
   * Returns the object for which it was loaded: the one that needs it, or the program if it was
   * preloaded.
   *
   * @return empty for the program, the loader, and what was opened by dlopen(3)
   */
  public Optional<LoadedObject> loadedFor() {
    return Optional.ofNullable(loader);
  }

  /**
   * Returns its references, each symbol once for each kind, in the order of its relocations,
   * without those that no loader looks up (to local and hidden symbols).
   *
   * @return immutable
   * @throws org.onemalloc.objectfile.ObjectFileException if its tables are malformed
   */
  public List<Reference> references() {
    return file.references();
  }

  /**
   * Returns whether it is in the global scope.
   *
   * @return false if it was opened with RTLD_LOCAL
   */
  public boolean isGlobal() {
    return global;
  }

  SharedFile shared() {
    return file;
  }

  /** Returns the last in the chain of the objects for which it was loaded. */
  LoadedObject root() {
    LoadedObject root = this;
    while (root.loader != null) {
      root = root.loader;
    }
    return root;
  }

  void answersTo(String anotherName) {
    names.add(anotherName);
  }

  /**
   * Returns whether a request for this name finds this object (_dl_name_match_p, and the SONAME).
   */
  boolean isCalled(String wanted) {
    return name.equals(wanted)
        || names.contains(wanted)
        || soname().filter(wanted::equals).isPresent();
  }

  @Override
  public String toString() {
    return name;
  }
}
