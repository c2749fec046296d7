package org.onemalloc.inspect.loader;

import java.util.List;
import java.util.Set;

/** Where an object's references are looked up (elf/dl-object.c, elf/dl-open.c update_scopes). */
final class Scopes {
  private Scopes() {}

  /**
   * Gives an object its scopes: the global one, then the list of that because of which it was
   * loaded; in reverse with RTLD_DEEPBIND; itself before both with DT_SYMBOLIC.
   */
  static void initial(LoadedObject object, LoadedObject program, Set<OpenFlag> flags) {
    Scope local = object.root().own;
    boolean deep = flags.contains(OpenFlag.DEEPBIND);
    object.scopes.add(program.own);
    if (local != program.own && object.openedLater) {
      object.scopes.add(deep ? 0 : 1, local);
    }
    if (object.file().isSymbolic() && object != program && !deep) {
      Scope itself = new Scope();
      itself.add(object);
      object.scopes.addFirst(itself);
    }
  }

  /** Lets an object that was there see what another one brought that depends on it. */
  static void extend(LoadedObject object, LoadedObject opened) {
    if (!object.scopes.contains(opened.own)) {
      object.scopes.add(opened.own);
    }
  }

  /** Lets everybody see an object that was opened and what it needs (RTLD_GLOBAL). */
  static void makeGlobal(LoadedObject opened, LoadedObject program) {
    for (LoadedObject object : opened.own.now()) {
      if (!object.global) {
        object.global = true;
        program.own.add(object);
      }
    }
  }

  static List<List<LoadedObject>> now(LoadedObject object) {
    return object.scopes.stream().map(Scope::now).toList();
  }
}
