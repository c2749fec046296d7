package org.onemalloc.inspect.loader;

import java.util.List;
import java.util.Set;

/**
 * The part of loading that differs between C libraries: how objects are loaded, and where their
 * symbols are looked up.
 */
sealed interface Linking permits GlibcLinking, MuslLinking {
  /**
   * Loads everything that is in the process when main begins, and binds it.
   *
   * @param preloads what is preloaded in addition to the configuration of the machine, in order
   */
  void start(List<String> preloads);

  /** Opens a library; returns null if it, or something that it needs, cannot be loaded. */
  LoadedObject open(String name, LoadedObject caller, Set<OpenFlag> flags);

  /** Returns the lists in which an object's call is looked up if it is first made now. */
  List<List<LoadedObject>> lazyScopes(LoadedObject object);

  /** Returns the list that dlsym(3) with RTLD_NEXT searches. */
  List<LoadedObject> after(LoadedObject caller);
}
