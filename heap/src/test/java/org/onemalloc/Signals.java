package org.onemalloc;

import java.io.IOException;

/** Signals to processes, where there is no program {@code kill} either. */
final class Signals {
  private Signals() {}

  /** Sends one, by the shell's own {@code kill}. */
  static void send(String name, long pid) throws IOException, InterruptedException {
    String command = "kill -%s %d".formatted(name, pid);
    int exitCode = new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    if (exitCode != 0) {
      throw new IOException(command + " failed");
    }
  }
}
