package org.onemalloc.inspect.loader;

import org.onemalloc.objectfile.ObjectFileException;

/**
 * Counts the places that a process makes its loader search, so that a hostile file cannot keep it
 * searching.
 */
final class Places {
  /** PATH_MAX of Linux: a path of this length or more cannot be opened. */
  static final int PATH_MAX = 4096;

  /** The limit; the largest desktop programs have some thousands. */
  private static final int MOST = 200_000;

  private final LoadedObject program;
  private int tried;

  Places(LoadedObject program) {
    this.program = program;
  }

  void oneMore() {
    if (++tried > MOST) {
      throw new ObjectFileException(
          "%s makes the loader search more than %d places for libraries, which is more than any program needs."
              .formatted(program.name(), MOST));
    }
  }
}
