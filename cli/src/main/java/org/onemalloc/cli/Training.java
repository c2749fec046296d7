package org.onemalloc.cli;

import java.util.List;
import org.onemalloc.compare.CommandWords;

/**
 * Runs the commands whose start-up time matters, so that {@code scripts/build-command.sh} can
 * record their classes for the start-up cache. They run in one process, because a cache is made
 * from one. This class is not part of the command.
 */
final class Training {
  private Training() {}

  /**
   * Runs the commands.
   *
   * @param arguments the path of a Java image, and {@code compare} if that runs too; which classes
   *     this loads depends on timing, so the cache of a release, which is to be the same bytes each
   *     time, is made without
   */
  static void main(String[] arguments) {
    String image = arguments[0];
    var _ = CommandWords.ofThisProcess(arguments);
    run("inspect", "--allocator", "mimalloc", "--json", "-", image);
    run("inspect", image);
    run("inspect", Long.toString(ProcessHandle.current().pid()));
    run("allocators");
    if (arguments.length > 1) {
      run("compare", "--runs", "1", "-a", "system,mimalloc", "--", "sleep", ".1");
    }
  }

  private static void run(String... command) {
    var _ = Main.run(List.of(command));
  }
}
