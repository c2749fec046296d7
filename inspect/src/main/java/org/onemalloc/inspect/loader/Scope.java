package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.List;

/** A list of objects in which symbols are looked up; the first match is found. It only grows. */
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

  /** Returns a copy of its present content. */
  List<LoadedObject> now() {
    return List.copyOf(objects);
  }
}
