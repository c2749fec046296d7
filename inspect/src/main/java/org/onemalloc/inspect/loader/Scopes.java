package org.onemalloc.inspect.loader;

import java.util.List;
import java.util.Set;

/**
 * Builds the scopes in which an object's references are looked up (elf/dl-object.c, elf/dl-open.c
 * update_scopes).
 */
final class Scopes {
  private Scopes() {}

  /**
   * Sets the scopes of an object: the global one, then the search list of the object for which it
   * was loaded; in reverse order with RTLD_DEEPBIND; the object itself before both with
   * DT_SYMBOLIC.
   */
  static void initial(LoadedObject object, LoadedObject program, Set<OpenFlag> flags) {
    Scope local = object.root().searchList;
    boolean deep = flags.contains(OpenFlag.DEEPBIND);
    object.scopes.add(program.searchList);
    if (local != program.searchList && object.isOpenedLater()) {
      object.scopes.add(deep ? 0 : 1, local);
    }
    if (object.file().isSymbolic() && object != program && !deep) {
      Scope itself = new Scope();
      itself.add(object);
      object.scopes.addFirst(itself);
    }
  }

  /**
   * Adds the search list of an opened object to the scopes of an object that was loaded before and
   * that it depends on.
   */
  static void extend(LoadedObject object, LoadedObject opened) {
    if (!object.scopes.contains(opened.searchList)) {
      object.scopes.add(opened.searchList);
    }
  }

  /** Adds an opened object and what it needs to the global scope (RTLD_GLOBAL). */
  static void makeGlobal(LoadedObject opened, LoadedObject program) {
    for (LoadedObject object : opened.searchList.now()) {
      object.joinGlobalScope(program);
    }
  }

  static List<List<LoadedObject>> now(LoadedObject object) {
    return object.scopes.stream().map(Scope::now).toList();
  }
}
