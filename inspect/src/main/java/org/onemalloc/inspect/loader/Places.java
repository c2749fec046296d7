package org.onemalloc.inspect.loader;

import org.onemalloc.objectfile.ObjectFileException;

/**
 * Counts where a process makes its loader look, so that a hostile file cannot keep it searching.
 */
final class Places {
  /** PATH_MAX of Linux: nothing as long can be opened. */
  static final int PATH_MAX = 4096;

  /** A desktop's largest program makes the loader look into some thousands. */
  private static final int MOST = 200_000;

  private final LoadedObject program;
  private int tried;

  Places(LoadedObject program) {
    this.program = program;
  }

  void oneMore() {
    if (++tried > MOST) {
      throw new ObjectFileException(
          "%s makes the loader look for libraries in more than %d places, which is more than any program needs."
              .formatted(program.name(), MOST));
    }
  }
}
