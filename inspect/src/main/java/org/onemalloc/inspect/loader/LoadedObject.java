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
 * struct link_map}). Two of one namespace are equal only if they are the same.
 */
public final class LoadedObject {
  private final String name;
  private final SharedFile file;
  private final LoadedObject loader;
  private final Set<String> names = new LinkedHashSet<>();

  /** Where its references are looked up, list by list (l_scope). */
  final List<Scope> scopes = new ArrayList<>();

  /** Its own breadth-first list, which dlsym(3) with its handle searches (l_searchlist). */
  final Scope own = new Scope();

  /** What it is bound in: the scopes as they were when it was relocated. */
  List<List<LoadedObject>> boundIn = List.of();

  /** What it needs, filtees included, itself first (l_initfini before sorting). */
  List<LoadedObject> needed = List.of();

  boolean initialized;
  boolean global;

  /** Whether it came by dlopen, itself or for something that did (lt_loaded). */
  boolean openedLater;

  /** Device and inode; null for the program and the loader, which are not compared by it. */
  Object identity;

  LoadedObject(String name, SharedFile file, LoadedObject loader) {
    this.name = name;
    this.file = file;
    this.loader = loader;
  }

  /**
   * The name that the loader knows it by and prints: the program as it was started, a library by
   * the path it was found at, which is not normalised ({@code /opt/app/bin/../lib/libx.so}).
   *
   * @return a path
   */
  public String name() {
    return name;
  }

  /**
   * The same as a path.
   *
   * @return not normalised
   */
  public Path path() {
    return Path.of(name);
  }

  /**
   * Its content.
   *
   * @return the file, parsed once for all namespaces of one {@link DynamicLoader}
   */
  public ElfFile file() {
    return file.elf();
  }

  /**
   * DT_SONAME, the name by which others need it.
   *
   * @return empty for most programs
   */
  public Optional<String> soname() {
    return file.elf().soname();
  }

  /**
   * The object because of which it was loaded: that which needs it, or the program for what was
   * preloaded.
   *
   * @return empty for the program, the loader, and what was opened by dlopen(3)
   */
  public Optional<LoadedObject> loadedFor() {
    return Optional.ofNullable(loader);
  }

  /**
   * What it refers to, each symbol once for each kind, in the order of its relocations. References
   * that no loader looks up (to local and hidden symbols) are not among them.
   *
   * @return immutable
   * @throws org.onemalloc.objectfile.ObjectFileException if its tables are malformed
   */
  public List<Reference> references() {
    return file.references();
  }

  /**
   * Whether it lies in the global scope.
   *
   * @return false for what was opened with RTLD_LOCAL
   */
  public boolean isGlobal() {
    return global;
  }

  SharedFile shared() {
    return file;
  }

  /** The last in the chain of those because of which it was loaded. */
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

  /** Whether a library asked for by this name is this one (_dl_name_match_p, and the SONAME). */
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
