package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The order in which objects are relocated: what is needed before what needs it
 * (elf/dl-sort-maps.c, {@code _dl_sort_maps_dfs}, the default since glibc 2.35; elf/dl-deps.c). It
 * decides which definition of a unique symbol comes first.
 */
final class Order {
  private final LoadedObject first;
  private final Set<LoadedObject> visited = new HashSet<>();
  private final List<LoadedObject> sorted = new ArrayList<>();

  private Order(LoadedObject first) {
    this.first = first;
  }

  /** The objects of an object's own list, as they are relocated; itself last. */
  static List<LoadedObject> of(LoadedObject root) {
    Order order = new Order(root);
    List<LoadedObject> own = new ArrayList<>(root.own.objects());
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
    for (LoadedObject needed : object.needed) {
      if (needed != first || object == first) {
        visit(needed);
      }
    }
    sorted.add(object);
  }
}
