package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfDynamicEntry;

/** Loads libraries into a namespace, with what they need (elf/dl-load.c and elf/dl-deps.c). */
final class Mapper {
  private static final long DT_NEEDED = 1;
  private static final long DT_AUXILIARY = 0x7ffffffd;
  private static final long DT_FILTER = 0x7fffffff;

  private final DynamicLoader machine;
  private final LibrarySearch search;
  private final List<LoadedObject> loaded;
  private final List<MissingLibrary> missing;

  /**
   * The objects whose dependencies are known; without it, filters that filter each other would
   * never end.
   */
  private final Set<LoadedObject> expanded = new HashSet<>();

  /**
   * An element of the breadth-first list, which is linked because filtees are inserted before their
   * filters.
   */
  private static final class Node {
    LoadedObject object;
    boolean done;
    Node next;

    Node(LoadedObject object) {
      this.object = object;
    }
  }

  Mapper(
      DynamicLoader machine,
      LibrarySearch search,
      List<LoadedObject> loaded,
      List<MissingLibrary> missing) {
    this.machine = machine;
    this.search = search;
    this.loaded = loaded;
    this.missing = missing;
  }

  /**
   * Maps one library, or finds it among the loaded ones.
   *
   * @param name the requested name
   * @param requester the object whose paths are searched
   * @param loadedFor the object for which it is loaded: the requester, or null for dlopen
   * @return the object, or null if it cannot be loaded, which is then noted
   */
  LoadedObject map(String name, LoadedObject requester, LoadedObject loadedFor, boolean fatal) {
    for (LoadedObject object : loaded) {
      if (object.isCalled(name)) {
        return object;
      }
    }
    try {
      LibrarySearch.Found found = search.find(name, requester);
      if (found != null) {
        return enter(name, found, loadedFor);
      }
      missing.add(
          MissingLibrary.absent(name, requester.name(), fatal && !machine.mayBeElsewhere()));
    } catch (Refused e) {
      missing.add(new MissingLibrary(name, requester.name(), e.getMessage(), fatal));
    }
    return null;
  }

  private LoadedObject enter(String name, LibrarySearch.Found found, LoadedObject loadedFor) {
    Object identity = machine.identity(found.path());
    for (LoadedObject object : loaded) {
      if (object.is(identity)) {
        object.answersTo(name);
        return object;
      }
    }
    LoadedObject object = new LoadedObject(found.path(), found.file(), loadedFor, identity);
    object.answersTo(name);
    loaded.add(object);
    return object;
  }

  /**
   * Maps everything that an object needs, which becomes its search list.
   *
   * @param first what comes between the object and its dependencies: the preloaded objects
   */
  void mapNeeded(LoadedObject object, List<LoadedObject> first) {
    expanded.clear();
    Node start = new Node(object);
    Node last = start;
    Set<LoadedObject> listed = new HashSet<>(Set.of(object));
    for (LoadedObject each : first) {
      last.next = new Node(each);
      last = last.next;
      listed.add(each);
    }
    for (Node node = start; node != null; node = node.next) {
      if (!node.done) {
        last = expand(node, last, listed, object);
        // a filtee that was inserted is now in this node and must be expanded as well
        while (!node.done) {
          last = expand(node, last, listed, object);
        }
      }
    }
    for (Node node = start; node != null; node = node.next) {
      object.searchList.add(node.object);
    }
  }

  /** Maps what one object of the list needs directly; returns the new end of the list. */
  private Node expand(Node node, Node end, Set<LoadedObject> listed, LoadedObject root) {
    node.done = true;
    LoadedObject object = node.object;
    if (!expanded.add(object)) {
      return end;
    }
    List<LoadedObject> needed = new ArrayList<>(List.of(object));
    Node last = end;
    Node place = node;
    for (ElfDynamicEntry entry : object.file().dynamicEntries()) {
      boolean isFiltee = entry.tag() == DT_FILTER || entry.tag() == DT_AUXILIARY;
      if (entry.tag() != DT_NEEDED && !isFiltee) {
        continue;
      }
      LoadedObject dependency = dependency(entry, object);
      if (dependency == null) {
        continue;
      }
      needed.add(dependency);
      if (!isFiltee) {
        if (listed.add(dependency)) {
          last.next = new Node(dependency);
          last = last.next;
        }
      } else {
        Node moved = pushIn(dependency, place, listed);
        if (moved != null) {
          last = place == last ? moved : end(moved);
          place = moved;
        }
      }
    }
    if (object != root) {
      object.needs(needed);
    }
    return last;
  }

  /**
   * Inserts a filtee before the object in {@code place}; returns null if it is before it already.
   */
  private static Node pushIn(LoadedObject filtee, Node place, Set<LoadedObject> listed) {
    if (!listed.add(filtee)) {
      Node before = place;
      while (before.next != null && before.next.object != filtee) {
        before = before.next;
      }
      if (before.next == null) {
        return null;
      }
      before.next = before.next.next;
    }
    Node moved = new Node(place.object);
    moved.done = place.done;
    moved.next = place.next;
    place.object = filtee;
    place.done = false;
    place.next = moved;
    return moved;
  }

  private static Node end(Node node) {
    Node end = node;
    while (end.next != null) {
      end = end.next;
    }
    return end;
  }

  private LoadedObject dependency(ElfDynamicEntry entry, LoadedObject object) {
    String name = search.expand(object.file().dynamicString(entry.value()), object);
    if (name.isEmpty()) {
      return null;
    }
    return map(name, object, object, entry.tag() != DT_AUXILIARY);
  }
}
