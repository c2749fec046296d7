package org.onemalloc;

import java.util.List;

/** Prints, when the JVM ends, what is found then. */
final class ExitReport implements Runnable {
  private static final boolean LEAKS = Checking.leaksAtExit();

  private ExitReport() {}

  static void install() {
    Thread thread = new Thread(new ExitReport(), "onemalloc exit report");
    try {
      Runtime.getRuntime().addShutdownHook(thread);
    } catch (IllegalStateException e) {
      // the JVM is ending already: too late for a report
    }
  }

  @Override
  public void run() {
    HeapChecks.verify().forEach(Findings::print);
    List<Leak> leaks = LEAKS ? HeapChecks.leaks() : List.of();
    if (!leaks.isEmpty()) {
      long blocks = leaks.stream().mapToLong(Leak::blocks).sum();
      long bytes = leaks.stream().mapToLong(Leak::bytes).sum();
      Findings.say(bytes + " bytes in " + blocks + " blocks were not freed, at exit:");
      leaks.forEach(Findings::say);
    }
  }
}
