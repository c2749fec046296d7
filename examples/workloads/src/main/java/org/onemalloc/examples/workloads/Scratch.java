package org.onemalloc.examples.workloads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder for a database's files, gone with everything in it when the work is done. */
record Scratch(Path folder) implements AutoCloseable {
  static Scratch create(String name) throws IOException {
    return new Scratch(Files.createTempDirectory("onemalloc-" + name + "-"));
  }

  @Override
  public void close() throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(folder)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.delete(file);
    }
  }
}
