package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfDynamicEntry;

/**
 * musl's loader (ldso/dynlink.c): one list of all objects in the order of loading, and one list of
 * those whose symbols are global. Scopes are not kept: the objects that a dlopen loads are bound at
 * once, in the global list and then in the objects of that dlopen.
 */
final class MuslLinking implements Linking {
  private static final long DT_NEEDED = 1;

  private final DynamicLoader machine;
  private final LoadedObject program;
  private final LoadedObject libc;
  private final List<LoadedObject> loaded;
  private final List<MissingLibrary> missing;
  private final MuslSearch search;

  /** What each object needs directly, in order; for the program, also what was preloaded. */
  private final Map<LoadedObject, List<LoadedObject>> needs = new HashMap<>();

  /** The object for which each was loaded; none for the program and what was preloaded. */
  private final Map<LoadedObject, LoadedObject> neededBy = new HashMap<>();

  /** The names by which searches found files; DT_NEEDED is compared with them. */
  private final Map<LoadedObject, String> shortNames = new HashMap<>();

  MuslLinking(
      DynamicLoader machine,
      Interpreter interpreter,
      LoadedObject libc,
      List<LoadedObject> loaded,
      List<MissingLibrary> missing,
      Map<String, String> environment) {
    this.machine = machine;
    this.program = loaded.getFirst();
    this.libc = libc;
    this.loaded = loaded;
    this.missing = missing;
    this.search = new MuslSearch(machine, interpreter, program, environment);
  }

  @Override
  public void start(List<String> preloads) {
    preloads.forEach(name -> load(name, null, program, false));
    for (int i = 0; i < loaded.size(); i++) {
      loadNeeded(loaded.get(i));
    }
    for (LoadedObject object : loaded) {
      object.joinGlobalScope(program);
    }
    loaded.forEach(object -> bind(object, List.of(program.searchList)));
  }

  private void bind(LoadedObject object, List<Scope> scopes) {
    if (object.scopes.isEmpty()) {
      object.scopes.add(program.searchList);
      object.bind(scopes);
    }
  }

  /**
   * Loads one library, or finds it (load_library).
   *
   * @param requester the object, whose path is searched, and then those of the objects for which it
   *     was loaded; null for none
   * @param loadedFor the value of {@link LoadedObject#loadedFor()}
   */
  private LoadedObject load(
      String name, LoadedObject requester, LoadedObject loadedFor, boolean fatal) {
    if (MuslSearch.isLibc(name) || name.equals(libc.name())) {
      return libc(name);
    }
    for (LoadedObject object : loaded) {
      if (!name.contains("/") && name.equals(shortNames.get(object))) {
        return object;
      }
    }
    String blamed = requester == null ? program.name() : requester.name();
    try {
      LibrarySearch.Found found = search.find(name, chain(requester));
      if (found != null) {
        return enter(name, found, requester, loadedFor);
      }
      missing.add(MissingLibrary.absent(name, blamed, fatal && !machine.mayBeElsewhere()));
    } catch (Refused e) {
      missing.add(new MissingLibrary(name, blamed, e.getMessage(), fatal));
    }
    return null;
  }

  private List<LoadedObject> chain(LoadedObject requester) {
    List<LoadedObject> chain = new ArrayList<>();
    for (LoadedObject each = requester; each != null; each = neededBy.get(each)) {
      chain.add(each);
    }
    return chain;
  }

  private LoadedObject libc(String name) {
    if (!loaded.contains(libc)) {
      loaded.add(libc);
    }
    libc.answersTo(name);
    return libc;
  }

  private LoadedObject enter(
      String name, LibrarySearch.Found found, LoadedObject requester, LoadedObject loadedFor) {
    Object identity = machine.identity(found.path());
    boolean searched = !name.contains("/");
    String fileName = found.path().substring(found.path().lastIndexOf('/') + 1);
    for (LoadedObject object : loaded) {
      if (object.is(identity)) {
        if (searched) {
          shortNames.putIfAbsent(object, fileName);
        }
        object.answersTo(name);
        return object;
      }
    }
    if (found.file().elf().exports("__libc_start_main") && found.file().elf().exports("stdin")) {
      return libc(name); // another name of the C library, of which there is only one
    }
    LoadedObject object = new LoadedObject(found.path(), found.file(), loadedFor, identity);
    object.answersTo(name);
    if (searched) {
      shortNames.put(object, fileName);
    }
    loaded.add(object);
    if (requester != null) {
      neededBy.put(object, requester);
    }
    return object;
  }

  /** Loads what an object needs directly (load_direct_deps). */
  private void loadNeeded(LoadedObject object) {
    if (needs.containsKey(object)) {
      return;
    }
    List<LoadedObject> direct = new ArrayList<>();
    if (object == program) {
      direct.addAll(loaded.subList(1, loaded.size()));
    }
    needs.put(object, direct);
    if (object == libc) {
      return;
    }
    for (ElfDynamicEntry entry : object.file().dynamicEntries()) {
      if (entry.tag() == DT_NEEDED) {
        String name = object.file().dynamicString(entry.value());
        LoadedObject needed = load(name, object, object, true);
        if (needed != null) {
          direct.add(needed);
        }
      }
    }
  }

  @Override
  public LoadedObject open(String name, LoadedObject caller, Set<OpenFlag> flags) {
    int before = loaded.size();
    int missingBefore = missing.size();
    LoadedObject opened = load(name, program, null, true);
    for (int i = before; opened != null && i < loaded.size(); i++) {
      loadNeeded(loaded.get(i));
    }
    if (opened == null || missing.size() > missingBefore) {
      List<LoadedObject> half = loaded.subList(before, loaded.size());
      half.forEach(needs::remove);
      half.forEach(shortNames::remove);
      half.forEach(neededBy::remove);
      half.clear();
      return null;
    }
    if (opened.searchList.objects().isEmpty()) {
      withWhatItNeeds(opened).forEach(opened.searchList::add);
    }
    for (LoadedObject fresh : loaded.subList(before, loaded.size())) {
      fresh.openLater();
      bind(fresh, List.of(program.searchList, opened.searchList));
    }
    if (flags.contains(OpenFlag.GLOBAL)) {
      Scopes.makeGlobal(opened, program);
    }
    return opened;
  }

  /** Returns the object and what it needs, breadth first (extend_bfs_deps). */
  private Set<LoadedObject> withWhatItNeeds(LoadedObject object) {
    Set<LoadedObject> all = new LinkedHashSet<>(List.of(object));
    List<LoadedObject> queue = new ArrayList<>(all);
    for (int i = 0; i < queue.size(); i++) {
      for (LoadedObject needed : needs.getOrDefault(queue.get(i), List.of())) {
        if (all.add(needed)) {
          queue.add(needed);
        }
      }
    }
    return all;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Calls are bound when their object is loaded, even with RTLD_LAZY; only those that were not
   * found then are looked up again after each dlopen (redo_lazy_relocs).
   */
  @Override
  public List<List<LoadedObject>> lazyScopes(LoadedObject object) {
    List<List<LoadedObject>> scopes = new ArrayList<>(object.boundIn());
    scopes.add(program.searchList.now());
    return scopes;
  }

  /**
   * {@inheritDoc}
   *
   * <p>It starts at the next object in the order of loading, and continues along the global list
   * (do_dlsym).
   */
  @Override
  public List<LoadedObject> after(LoadedObject caller) {
    int place = loaded.indexOf(caller);
    if (place < 0 || place + 1 == loaded.size()) {
      return List.of();
    }
    LoadedObject next = loaded.get(place + 1);
    List<LoadedObject> global = program.searchList.now();
    int start = global.indexOf(next);
    return start < 0 ? List.of(next) : global.subList(start, global.size());
  }
}
