package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.List;

/** A list of objects in which a symbol is looked for, first match wins; it only ever grows. */
final class Scope {
  private final List<LoadedObject> objects = new ArrayList<>();

  List<LoadedObject> objects() {
    return objects;
  }

  void add(LoadedObject object) {
    objects.add(object);
  }

  void clear() {
    objects.clear();
  }

  /** What is in it now, unchanged by what is added later. */
  List<LoadedObject> now() {
    return List.copyOf(objects);
  }
}
