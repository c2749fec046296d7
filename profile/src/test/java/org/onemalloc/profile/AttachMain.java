package org.onemalloc.profile;

import java.time.Duration;

/** Attaches to a process, and prints the reason why that failed. */
final class AttachMain {
  private AttachMain() {}

  public static void main(String[] arguments) {
    try {
      Profiler.attach(Long.parseLong(arguments[0]), Duration.ofSeconds(1), 1, _ -> {});
    } catch (ProfileException e) {
      System.out.print(e.getMessage());
    }
  }
}
