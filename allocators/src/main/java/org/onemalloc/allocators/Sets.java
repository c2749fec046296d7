package org.onemalloc.allocators;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** Sets whose order is that of their elements, so that what is printed is always the same. */
final class Sets {
  private Sets() {}

  static <E extends Comparable<E>> Set<E> ordered(Set<E> elements) {
    return Collections.unmodifiableSet(new TreeSet<>(elements));
  }
}
