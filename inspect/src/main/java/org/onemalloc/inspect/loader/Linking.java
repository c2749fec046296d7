package org.onemalloc.inspect.loader;

import java.util.List;
import java.util.Set;

/** What C libraries' loaders do differently: how objects come in, and where they look. */
sealed interface Linking permits GlibcLinking, MuslLinking {
  /**
   * Brings in everything that is there before main begins, and binds it.
   *
   * @param preloads what is preloaded beside the configuration of the machine, in order
   */
  void start(List<String> preloads);

  /** Opens a library; null if it, or something that it needs, cannot be loaded. */
  LoadedObject open(String name, LoadedObject caller, Set<OpenFlag> flags);

  /** Where a call of an object is looked up that is made for the first time now. */
  List<List<LoadedObject>> lazyScopes(LoadedObject object);

  /** Where dlsym(3) with RTLD_NEXT looks. */
  List<LoadedObject> behind(LoadedObject caller);
}
