package org.onemalloc.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.inspect.archive.JavaClass;
import org.onemalloc.inspect.hazard.JavaLookups;
import org.onemalloc.objectfile.ObjectFileException;

/** The classes that were found with the native files, of which only the lookups matter. */
final class JavaClasses {
  private final List<JavaClass> all = new ArrayList<>();

  void add(JavaClass found) {
    all.add(found);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** Returns the names of the classes that look malloc or free up by a handle, in order. */
  List<String> lookups() {
    return all.parallelStream().filter(JavaClasses::looksUp).map(JavaClass::name).toList();
  }

  /** Returns whether a class does; one that cannot be read is ignored. */
  private static boolean looksUp(JavaClass each) {
    try {
      return JavaLookups.in(each.bytes());
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }
}
