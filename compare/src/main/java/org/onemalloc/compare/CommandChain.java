package org.onemalloc.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.onemalloc.compare.command.Started;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The commands that a command starts one after the other, as far as its words show them: {@code
 * nice env A=b ./start} starts env, then the interpreter of {@code start}.
 *
 * @param steps the commands in their order, the command itself first
 */
record CommandChain(List<Step> steps) {
  /** The words of a script that are looked at: those of most scripts, in some milliseconds. */
  private static final int MOST_NAMES = 500;

  /** What long options for seccomp(2) begin with; getopt_long(3) takes abbreviations. */
  private static final String FILTER_OPTION = "--secc";

  /**
   * One command of a chain.
   *
   * @param program the program as the words name it
   * @param words the words that the kernel executes: for a script those of its interpreter
   * @param script the file of the program, if it is a script
   * @param started what it starts; empty if it is not known to start another
   * @param before what the commands before it start, the first one first: they change its
   *     environment
   * @param ours whether it has the user and the rights of the first command: for another user a
   *     set-user-ID program elevates rights
   */
  record Step(
      String program,
      List<String> words,
      Optional<Path> script,
      Optional<Started> started,
      List<Started> before,
      boolean ours) {

    /**
     * Returns the environment of this command.
     *
     * @param first that of the first command of the chain
     */
    Map<String, String> over(Map<String, String> first) {
      Map<String, String> environment = first;
      for (Started each : before) {
        environment = each.over(environment);
      }
      return environment;
    }

    /**
     * Returns whether its words leave open that it installs a filter of system calls. A wrapper
     * does so only where an option asks for it, as setpriv(1) with --seccomp-filter.
     */
    boolean mayFilter() {
      return started.isEmpty() || words.stream().anyMatch(word -> word.contains(FILTER_OPTION));
    }

    /**
     * Returns whether it is a statically linked wrapper, or behind another command a command of the
     * shell. Nothing can be preloaded into it, and nothing need be: it hands its environment to the
     * command that it starts. With elevated rights it would not: a static glibc removes LD_PRELOAD.
     *
     * @param environment its environment
     */
    boolean onlyPassesOn(Map<String, String> environment) {
      if (script.isPresent() || started.filter(next -> !next.command().isEmpty()).isEmpty()) {
        return false;
      }
      try {
        Path file = Program.find(program, environment);
        return Program.isStatic(file) && !Program.isPrivileged(file, ours);
      } catch (CommandException e) {
        return !before.isEmpty();
      }
    }
  }

  /**
   * Follows a command.
   *
   * @param command the words of the command
   * @param environment its whole environment
   */
  static CommandChain of(List<String> command, Map<String, String> environment) {
    List<Step> steps = new ArrayList<>();
    List<Started> before = new ArrayList<>();
    List<String> words = command;
    Map<String, String> current = environment;
    boolean ours = true;
    while (!words.isEmpty() && steps.size() < Started.MOST) {
      Step step = step(words, current, List.copyOf(before), ours);
      steps.add(step);
      if (step.started().isEmpty()) {
        break;
      }
      Started started = step.started().get();
      ours = ours && Started.keepsRights(step.words());
      before.add(started);
      current = started.over(current);
      words = isKnown(started) ? started.command() : List.of();
    }
    return new CommandChain(List.copyOf(steps));
  }

  /** Under another root directory the same words name other files. */
  private static boolean isKnown(Started started) {
    return started.root().isEmpty()
        || Path.of(started.root().get()).normalize().equals(Path.of("/"));
  }

  private static Step step(
      List<String> words, Map<String, String> current, List<Started> before, boolean ours) {
    String program = words.getFirst();
    try {
      Path file = Program.find(program, current);
      List<String> interpreter = Interpreter.words(file);
      if (!interpreter.isEmpty()) {
        List<String> whole = new ArrayList<>(interpreter);
        whole.add(file.toString());
        whole.addAll(words.subList(1, words.size()));
        return new Step(program, whole, Optional.of(file), Started.by(whole), before, ours);
      }
    } catch (CommandException e) {
      // A command of the shell, or an error that whoever starts it reports.
    }
    return new Step(program, words, Optional.empty(), Started.by(words), before, ours);
  }

  /**
   * Returns the first program of the chain that must be on the allocator: that of the command, or
   * the one behind statically linked wrappers.
   *
   * @param environment the environment of the command
   * @throws CommandException if there is no such program, or nothing can be preloaded into it
   */
  Program first(Map<String, String> environment) {
    Step command = steps.getFirst();
    for (Step step : steps) {
      Map<String, String> its = step.over(environment);
      if (!step.onlyPassesOn(its)) {
        Program program = program(step, step.program(), its);
        return step.before().isEmpty()
            ? program
            : program.startedBy(Program.find(command.program(), environment));
      }
    }
    return Program.of(command.program(), environment, true); // throws: it is static
  }

  /**
   * Returns the program of a step.
   *
   * @param environment the environment of the step
   * @return empty if there is none: it is a command of the shell, or a statically linked wrapper,
   *     or whoever starts it reports that it is missing
   * @throws CommandException if nothing can be preloaded into it
   */
  static Optional<Program> program(Step step, Map<String, String> environment) {
    Path file;
    try {
      file = Program.find(step.program(), environment);
    } catch (CommandException e) {
      return Optional.empty();
    }
    if (step.onlyPassesOn(environment)) {
      return Optional.empty();
    }
    return Optional.of(program(step, file.toString(), environment));
  }

  private static Program program(Step step, String command, Map<String, String> environment) {
    Program program = Program.of(command, environment, step.ours());
    return step.mayFilter() ? program : program.withoutFilter();
  }

  /**
   * Returns the programs behind the first, without those that nothing can be preloaded into.
   *
   * @param environment the environment of the first
   */
  List<Program> behind(Map<String, String> environment) {
    return steps.stream().skip(1).flatMap(step -> loadable(step, environment)).toList();
  }

  /**
   * Returns whether a program of the chain, or one that a script names, can install a filter of
   * system calls. All programs of a run have the same settings.
   *
   * @param environment the environment of the first
   */
  boolean canFilterSystemCalls(Map<String, String> environment) {
    return steps.stream()
        .anyMatch(
            step ->
                loadable(step, environment)
                        .anyMatch(program -> program.canFilterSystemCalls(environment))
                    || texts(step)
                        .flatMap(text -> text.words(MOST_NAMES).stream())
                        .anyMatch(name -> isFiltering(name, step.over(environment))));
  }

  private static Stream<ScriptText> texts(Step step) {
    return Stream.of(
            step.script().map(ScriptText::of),
            step.started().flatMap(Started::script).map(Path::of).map(ScriptText::of),
            step.started().flatMap(Started::text).map(ScriptText::of))
        .flatMap(Optional::stream);
  }

  private static boolean isFiltering(String name, Map<String, String> environment) {
    try {
      return ElfPrograms.canFilterSystemCalls(ElfFile.read(Program.find(name, environment)));
    } catch (CommandException | ObjectFileException | IOException e) {
      return false; // no program
    }
  }

  private static Stream<Program> loadable(Step step, Map<String, String> environment) {
    try {
      return program(step, step.over(environment)).stream();
    } catch (CommandException e) {
      return Stream.empty();
    }
  }
}
