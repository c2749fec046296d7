package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The order in which objects are relocated: dependencies first (elf/dl-sort-maps.c, {@code
 * _dl_sort_maps_dfs}, the default since glibc 2.35; elf/dl-deps.c). It decides which definition of
 * a unique symbol comes first.
 */
final class Order {
  private final LoadedObject first;
  private final Set<LoadedObject> visited = new HashSet<>();
  private final List<LoadedObject> sorted = new ArrayList<>();

  private Order(LoadedObject first) {
    this.first = first;
  }

  /** Returns the objects of an object's search list in the order of relocation; itself last. */
  static List<LoadedObject> of(LoadedObject root) {
    Order order = new Order(root);
    List<LoadedObject> own = new ArrayList<>(root.searchList.objects());
    own.remove(root);
    own.addFirst(root);
    for (LoadedObject each : own.reversed()) {
      order.visit(each);
    }
    List<LoadedObject> inOrder = new ArrayList<>(order.sorted);
    inOrder.retainAll(own);
    inOrder.remove(root);
    inOrder.add(root);
    return Collections.unmodifiableList(inOrder);
  }

  private void visit(LoadedObject object) {
    if (!visited.add(object)) {
      return;
    }
    for (LoadedObject needed : object.needed()) {
      if (needed != first || object == first) {
        visit(needed);
      }
    }
    sorted.add(object);
  }
}
