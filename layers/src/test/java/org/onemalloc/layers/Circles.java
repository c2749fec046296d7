package org.onemalloc.layers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the circles of a graph: its strongly connected components of two nodes or more. */
final class Circles<T> {
  private final Map<T, Set<T>> edges;
  private final Map<T, Integer> low = new HashMap<>();
  private final Deque<T> open = new ArrayDeque<>();
  private final List<List<T>> found = new ArrayList<>();
  private int next;

  private Circles(Map<T, Set<T>> edges) {
    this.edges = edges;
  }

  /** Returns the circles (Tarjan, "Depth-first search and linear graph algorithms", 1972). */
  static <T> List<List<T>> of(Map<T, Set<T>> edges) {
    Circles<T> circles = new Circles<>(edges);
    edges.keySet().forEach(node -> circles.visit(node));
    return circles.found;
  }

  private int visit(T node) {
    Integer known = low.get(node);
    if (known != null) {
      return known;
    }
    int number = next++;
    int least = number;
    low.put(node, number);
    open.push(node);
    for (T to : edges.getOrDefault(node, Set.of())) {
      least = Math.min(least, visit(to));
    }
    low.put(node, least);
    if (least == number) {
      close(node);
    }
    return least;
  }

  private void close(T root) {
    List<T> circle = new ArrayList<>();
    T node;
    do {
      node = open.pop();
      low.put(node, Integer.MAX_VALUE);
      circle.add(node);
    } while (!node.equals(root));
    if (circle.size() > 1) {
      found.add(circle);
    }
  }
}
