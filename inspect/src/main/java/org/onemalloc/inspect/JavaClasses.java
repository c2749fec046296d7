package org.onemalloc.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.inspect.archive.JavaClass;
import org.onemalloc.inspect.hazard.JavaLookups;
import org.onemalloc.objectfile.ObjectFileException;

/** The classes beside the native files; only their lookups are of interest. */
final class JavaClasses {
  private final List<JavaClass> all = new ArrayList<>();

  void add(JavaClass found) {
    all.add(found);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The names of those that look malloc or free up by a handle, in order. */
  List<String> lookups() {
    return all.parallelStream().filter(JavaClasses::looksUp).map(JavaClass::name).toList();
  }

  /** A class that cannot be read does not matter to an inspection of native code. */
  private static boolean looksUp(JavaClass each) {
    try {
      return JavaLookups.in(each.bytes());
    } catch (ObjectFileException | IOException e) {
      return false;
    }
  }
}
