package org.onemalloc.cli;

import java.util.List;
import org.onemalloc.compare.CommandWords;

/**
 * What {@code scripts/build-command.sh} runs once to record the classes for the start-up cache: the
 * commands that people wait for, in one process, since a cache comes from one. It is not part of
 * the command.
 */
final class Training {
  private Training() {}

  /**
   * Runs them.
   *
   * @param arguments a Java image
   */
  static void main(String[] arguments) {
    String image = arguments[0];
    var _ = CommandWords.ofThisProcess(arguments);
    run("inspect", "--allocator", "mimalloc", "--json", "-", image);
    run("inspect", image);
    run("inspect", Long.toString(ProcessHandle.current().pid()));
    run("allocators");
  }

  private static void run(String... command) {
    var _ = Main.run(List.of(command));
  }
}
