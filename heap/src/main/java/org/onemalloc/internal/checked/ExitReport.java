package org.onemalloc.internal.checked;

import java.util.List;
import java.util.function.Supplier;
import org.onemalloc.Finding;
import org.onemalloc.Leak;

/** Prints the findings at the exit of the JVM. */
public final class ExitReport implements Runnable {
  private static final boolean LEAKS = Checking.leaksAtExit();

  private final Supplier<List<Finding>> verify;
  private final Supplier<List<Leak>> leaks;

  private ExitReport(Supplier<List<Finding>> verify, Supplier<List<Leak>> leaks) {
    this.verify = verify;
    this.leaks = leaks;
  }

  /**
   * Registers the report to be printed at exit.
   *
   * @param verify returns the findings
   * @param leaks returns the blocks that were not freed
   */
  public static void install(Supplier<List<Finding>> verify, Supplier<List<Leak>> leaks) {
    Thread thread = new Thread(new ExitReport(verify, leaks), "onemalloc exit report");
    try {
      Runtime.getRuntime().addShutdownHook(thread);
    } catch (IllegalStateException e) {
      // the JVM is ending already: too late for a report
    }
  }

  @Override
  public void run() {
    verify.get().forEach(Findings::print);
    List<Leak> found = LEAKS ? leaks.get() : List.of();
    if (!found.isEmpty()) {
      long blocks = found.stream().mapToLong(Leak::blocks).sum();
      long bytes = found.stream().mapToLong(Leak::bytes).sum();
      Findings.say(bytes + " bytes in " + blocks + " blocks were not freed, at exit:");
      found.forEach(Findings::say);
    }
  }
}
