package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** glibc's loader (elf/rtld.c, dl-open.c, dl-object.c). */
final class GlibcLinking implements Linking {
  private final DynamicLoader machine;
  private final LoadedObject program;
  private final LoadedObject loader;
  private final List<LoadedObject> loaded;
  private final List<MissingLibrary> missing;
  private final Mapper mapper;
  private final Resolver resolver;

  GlibcLinking(
      DynamicLoader machine,
      Interpreter interpreter,
      LoadedObject loader,
      List<LoadedObject> loaded,
      List<MissingLibrary> missing,
      Resolver resolver,
      Map<String, String> environment) {
    this.machine = machine;
    this.program = loaded.getFirst();
    this.loader = loader;
    this.loaded = loaded;
    this.missing = missing;
    this.resolver = resolver;
    loaded.add(loader);
    LibrarySearch search = new LibrarySearch(machine, interpreter, program, environment);
    this.mapper = new Mapper(machine, search, loaded, missing);
  }

  @Override
  public void start(List<String> preloads) {
    List<String> names = new ArrayList<>(preloads);
    names.addAll(machine.preloadsOfMachine());
    List<LoadedObject> preloaded = new ArrayList<>();
    for (String each : names) {
      int before = loaded.size();
      LoadedObject object = mapper.map(each, program, program, false);
      if (object != null && loaded.size() > before) {
        preloaded.add(object);
      }
    }
    mapper.mapNeeded(program, preloaded);
    for (LoadedObject object : program.searchList.objects()) {
      object.markGlobal();
    }
    for (LoadedObject object : loaded) {
      Scopes.initial(object, program, Set.of());
    }
    relocate(Order.of(program));
  }

  /** Binds as with LD_BIND_NOW: records the scopes of each object, in the order of relocation. */
  private void relocate(List<LoadedObject> objects) {
    for (LoadedObject object : objects) {
      if (!object.isBound() && object != loader) {
        object.bind(object.scopes);
        resolver.relocated(object);
      }
      object.initialize();
    }
  }

  @Override
  public LoadedObject open(String name, LoadedObject caller, Set<OpenFlag> flags) {
    int before = loaded.size();
    int missingBefore = missing.size();
    LoadedObject opened = mapper.map(name, caller, null, true);
    if (opened == null) {
      return null;
    }
    if (opened.searchList.objects().isEmpty()) {
      mapper.mapNeeded(opened, List.of());
      if (missing.stream().skip(missingBefore).anyMatch(MissingLibrary::fatal)) {
        opened.searchList.clear();
        loaded.subList(before, loaded.size()).clear();
        return null;
      }
      for (LoadedObject fresh : loaded.subList(before, loaded.size())) {
        fresh.openLater();
        Scopes.initial(fresh, program, flags);
      }
      List<LoadedObject> order = Order.of(opened);
      List<LoadedObject> old =
          order.stream().filter(o -> o.isInitialized() && o.isOpenedLater()).toList();
      relocate(order);
      old.forEach(object -> Scopes.extend(object, opened));
    }
    if (flags.contains(OpenFlag.GLOBAL)) {
      Scopes.makeGlobal(opened, program);
    }
    return opened;
  }

  @Override
  public List<List<LoadedObject>> lazyScopes(LoadedObject object) {
    return Scopes.now(object);
  }

  @Override
  public List<LoadedObject> after(LoadedObject caller) {
    List<LoadedObject> all = caller.root().searchList.now();
    return all.subList(all.indexOf(caller) + 1, all.size());
  }
}
