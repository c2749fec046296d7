package org.onemalloc.internal.checked;

import java.util.List;
import org.onemalloc.Finding;
import org.onemalloc.HeapCorruptionError;
import org.onemalloc.internal.listen.Listeners;

/** Reports findings: throws or prints them, as the system property specifies. */
final class Findings {
  private static final boolean THROW = Checking.throwing();

  private Findings() {}

  /**
   * Reports a finding of the running call.
   *
   * @throws HeapCorruptionError unless findings are printed
   */
  static void report(Finding finding) {
    if (THROW) {
      tell(finding);
      throw new HeapCorruptionError(finding);
    }
    print(finding);
  }

  /** Reports the first of some findings as that of the running call, and prints the others. */
  static void report(List<Finding> findings) {
    for (int i = 1; i < findings.size(); i++) {
      print(findings.get(i));
    }
    if (!findings.isEmpty()) {
      report(findings.getFirst());
    }
  }

  static void print(Finding finding) {
    tell(finding);
    say(finding);
  }

  private static void tell(Finding finding) {
    Listeners.tell(listener -> listener.found(finding.kind().name(), finding.toString()));
  }

  /** Prints in one call, so that lines of several threads do not mix. */
  static void say(Object report) {
    System.err.println("onemalloc: " + report);
  }
}
