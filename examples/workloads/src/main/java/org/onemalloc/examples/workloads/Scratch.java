package org.onemalloc.examples.workloads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for the files of a database, which is deleted with its content when the work is done.
 */
record Scratch(Path folder) implements AutoCloseable {
  private static final Path MEMORY = Path.of(System.getProperty("workload.folder", "/dev/shm"));
  private static final long ENOUGH_BYTES = 2L << 30;

  /**
   * Makes the folder in memory if there is room, so that the disk does not affect the measurement.
   */
  static Scratch create(String name) throws IOException {
    String prefix = "onemalloc-" + name + "-";
    boolean room = Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ENOUGH_BYTES;
    return new Scratch(
        room ? Files.createTempDirectory(MEMORY, prefix) : Files.createTempDirectory(prefix));
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
