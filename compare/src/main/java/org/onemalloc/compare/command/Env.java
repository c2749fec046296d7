package org.onemalloc.compare.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.compare.command.Arguments.Syntax;

/** What env(1) starts, and how it changes the environment. */
final class Env {
  static final String PRELOAD = "LD_PRELOAD";
  private static final Set<String> UNSET = Set.of("u", "unset");
  private static final Syntax SYNTAX =
      Syntax.of(
          "uCSa",
          "unset=",
          "chdir=",
          "split-string=",
          "argv0=",
          "ignore-environment",
          "default-signal",
          "ignore-signal",
          "block-signal",
          "list-signal-handling",
          "null",
          "debug");

  private Env() {}

  /** Returns what env starts that is given these arguments. */
  static Started started(List<String> words) {
    Arguments arguments = arguments(words);
    List<String> operands = arguments.operands();
    List<String> variables = new ArrayList<>();
    arguments.options().stream()
        .filter(option -> UNSET.contains(option.name()))
        .forEach(option -> variables.add(option.value()));
    operands.stream().takeWhile(Env::isNoCommand).forEach(variables::add);
    return Started.command(operands.stream().dropWhile(Env::isNoCommand).toList())
        .with(variables)
        .losing(loss(arguments))
        .in(arguments.value("C", "chdir"));
  }

  private static boolean isNoCommand(String word) {
    return word.equals("-") || word.indexOf('=') >= 0;
  }

  private static Optional<String> loss(Arguments arguments) {
    List<String> operands = arguments.operands();
    if (arguments.has("i", "ignore-environment")
        || (!operands.isEmpty() && operands.getFirst().equals("-"))) {
      return Optional.of("env -i");
    }
    if (arguments.has(PRELOAD, UNSET)) {
      return Optional.of("env -u " + PRELOAD);
    }
    return operands.stream()
        .takeWhile(Env::isNoCommand)
        .filter(Env::replacesPreload)
        .findFirst()
        .map(word -> "env " + word);
  }

  /** Returns whether an assignment drops the former libraries. */
  static boolean replacesPreload(String variable) {
    return variable.startsWith(PRELOAD + "=") && !variable.contains("$" + PRELOAD);
  }

  /** Divides the words, and those of {@code -S}. */
  private static Arguments arguments(List<String> words) {
    Arguments arguments = Arguments.of(words, SYNTAX);
    Optional<String> split = arguments.value("S", "split-string");
    if (split.isEmpty()) {
      return arguments;
    }
    List<String> more = new ArrayList<>();
    ShellText.of(split.get()).commands().forEach(more::addAll);
    more.addAll(arguments.operands());
    Arguments rest = arguments(more);
    List<Arguments.Option> options = new ArrayList<>(arguments.options());
    options.addAll(rest.options());
    return new Arguments(options, rest.operands());
  }
}
