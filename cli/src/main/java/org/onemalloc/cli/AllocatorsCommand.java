package org.onemalloc.cli;

import java.util.concurrent.Callable;
import org.onemalloc.allocators.AllocatorJson;
import org.onemalloc.allocators.AllocatorTable;
import org.onemalloc.allocators.Allocators;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onemalloc allocators}. */
@Command(
    name = "allocators",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "List the allocators of this machine: version, path, features and possible uses.")
final class AllocatorsCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Allocators allocators = Allocators.ofThisMachine();
    spec.commandLine()
        .getOut()
        .print(
            json
                ? AllocatorJson.render(allocators.all())
                : AllocatorTable.render(allocators.all()));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
