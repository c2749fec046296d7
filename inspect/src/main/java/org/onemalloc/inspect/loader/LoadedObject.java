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
  private final LoadedObject loadedFor;
  private final Object identity;
  private final Set<String> names = new LinkedHashSet<>();

  /** The lists in which its references are looked up, in order (l_scope). */
  final List<Scope> scopes = new ArrayList<>();

  /** Itself and all that it needs, breadth first: dlsym(3) with its handle searches this list. */
  final Scope searchList = new Scope();

  private List<List<LoadedObject>> boundIn = List.of();
  private List<LoadedObject> needed = List.of();
  private boolean initialized;
  private boolean global;
  private boolean openedLater;

  /** The program, or the loader, which are not compared by device and inode. */
  LoadedObject(String name, SharedFile file) {
    this(name, file, null, null);
  }

  /** A library with its device and inode, and the object for which it is loaded, if any. */
  LoadedObject(String name, SharedFile file, LoadedObject loadedFor, Object identity) {
    this.name = name;
    this.file = file;
    this.loadedFor = loadedFor;
    this.identity = identity;
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
   * Returns its content.
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
    return Optional.ofNullable(loadedFor);
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
    while (root.loadedFor != null) {
      root = root.loadedFor;
    }
    return root;
  }

  /** Returns whether a file is this one, by device and inode. */
  boolean is(Object otherIdentity) {
    return identity != null && identity.equals(otherIdentity);
  }

  /** Records the object itself and what it needs directly, filtees included, the first time. */
  void needs(List<LoadedObject> itselfAndNeeded) {
    if (needed.isEmpty()) {
      needed = List.copyOf(itselfAndNeeded);
    }
  }

  /** Returns what {@link #needs} recorded, which is empty before. */
  List<LoadedObject> needed() {
    return needed;
  }

  /** Records that it was loaded by dlopen, or is needed by an object that was (lt_loaded). */
  void openLater() {
    openedLater = true;
  }

  boolean isOpenedLater() {
    return openedLater;
  }

  /** Binds its references in copies of the scopes as they are. */
  void bind(List<Scope> now) {
    boundIn = now.stream().map(Scope::now).toList();
  }

  boolean isBound() {
    return !boundIn.isEmpty();
  }

  /** Returns the scopes in which its references were bound; empty before. */
  List<List<LoadedObject>> boundIn() {
    return boundIn;
  }

  /** Records that its constructors have run, so that a later dlopen finds it in use. */
  void initialize() {
    initialized = true;
  }

  boolean isInitialized() {
    return initialized;
  }

  /** Adds it to the global scope, which is the program's search list, unless it is in it. */
  void joinGlobalScope(LoadedObject program) {
    if (!global) {
      global = true;
      program.searchList.add(this);
    }
  }

  /** Records that it is in the global scope. */
  void markGlobal() {
    global = true;
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
