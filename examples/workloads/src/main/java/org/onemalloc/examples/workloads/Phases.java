package org.onemalloc.examples.workloads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Tells {@code compare} what the program is doing. */
final class Phases {
  /** Allocators that return memory after a delay need a second or more of idle time. */
  private static final int REST_MILLIS = Integer.getInteger("workload.restMillis", 2_000);

  private Phases() {}

  /** Appends the name of the phase that begins to the file that the environment names, if any. */
  static void mark(String phase) throws IOException {
    String file = System.getenv("ONEMALLOC_PHASES");
    if (file != null) {
      Files.writeString(
          Path.of(file), phase + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  /**
   * Marks the end of the work, before anything is closed, and waits: the resident memory is then
   * that of a service that is idle.
   */
  static void rest() throws IOException, InterruptedException {
    mark("end");
    Thread.sleep(REST_MILLIS);
    mark("idle");
  }
}
