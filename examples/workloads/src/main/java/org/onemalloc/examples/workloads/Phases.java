package org.onemalloc.examples.workloads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Tells {@code compare} what the program is doing. */
final class Phases {
  /** Allocators that give memory back after a delay need a second or more of rest for it. */
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
   * The work is done but nothing is closed: what is still resident then is what a service holds.
   */
  static void rest() throws IOException, InterruptedException {
    mark("end");
    Thread.sleep(REST_MILLIS);
    mark("idle");
  }
}
