package org.onemalloc.probe.agent;

import java.util.Optional;
import org.onemalloc.probe.AllocatorProof;
import org.onemalloc.probe.agent.Options.BadOption;

/**
 * The agent. It publishes figures and never keeps a program from running, but for one option: with
 * {@code expect} a virtual machine that is not proven to run on an allocator ends before {@code
 * main}, with the exit code 1. It changes no class.
 */
public final class ProbeAgent {
  private static final int UNPROVEN = 1;

  private ProbeAgent() {}

  /**
   * Is called by the virtual machine before {@code main}.
   *
   * @param text the options
   */
  public static void premain(String text) {
    begin(text, true);
  }

  /**
   * Is called in a running virtual machine that the agent is attached to. It does not end it:
   * {@code expect} means {@code expect-or-warn}.
   *
   * @param text the options
   */
  public static void agentmain(String text) {
    begin(text, false);
  }

  private static void begin(String text, boolean mayEnd) {
    String property = property();
    Options options;
    try {
      options = Options.parse(text, property);
    } catch (BadOption e) {
      Optional<String> required = Options.required(text, property);
      say(e.getMessage() + " Nothing is published.");
      required.ifPresent(expected -> judge(expected, mayEnd));
      return;
    }
    options.expected().ifPresent(name -> judge(name, mayEnd && !options.isOnlyWarned()));
    try {
      Publication.start(options);
    } catch (LinkageError e) {
      // A modular program has only the modules that it needs.
      say(
          "this Java lacks a module ("
              + e.getMessage()
              + "): start it with --add-modules java.management,jdk.management,jdk.httpserver.");
    }
  }

  private static void judge(String expected, boolean ends) {
    Optional<String> doubt = doubt(expected);
    if (doubt.isPresent()) {
      say(doubt.get() + (ends ? " It ends." : ""));
      if (ends) {
        System.exit(UNPROVEN);
      }
    }
  }

  private static Optional<String> doubt(String expected) {
    try {
      return AllocatorProof.ofThisProcess().doubt(expected);
    } catch (RuntimeException e) { // of a security manager, for example
      return Optional.of("This process cannot be examined for " + expected + " (" + e + ").");
    }
  }

  private static String property() {
    try {
      return System.getProperty(Options.PROPERTY);
    } catch (SecurityException e) {
      return null;
    }
  }

  static void say(String sentence) {
    System.err.println("onemalloc: " + sentence);
  }
}
