package org.onemalloc.inspect.process;

import org.onemalloc.inspect.Inspector;
import org.onemalloc.inspect.result.InspectException;

/** A program of its own, for tests that look at a process as another user. */
final class InspectsProcess {
  private InspectsProcess() {}

  public static void main(String[] arguments) {
    try {
      Inspector.observe(Long.parseLong(arguments[0]), false);
      System.out.println("looked at");
    } catch (InspectException e) {
      System.out.println(e.getMessage());
    }
  }
}
