package org.onemalloc.compare.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a command starts, as its words show it.
 *
 * @param loss how the command keeps LD_PRELOAD from what it starts, in the words of a command line;
 *     empty if it passes its environment on
 * @param command the command that it starts; empty if that is not known
 * @param variables what it changes in the environment: NAME=VALUE sets, NAME removes, as with
 *     putenv(3)
 * @param account the user as whom it is started, if it is another one
 * @param root the root directory of what is started, if it is another one
 * @param text the text that a shell executes, unless it is a single command
 * @param script the file that a shell executes
 */
public record Started(
    Optional<String> loss,
    List<String> command,
    List<String> variables,
    Optional<Account> account,
    Optional<String> root,
    Optional<String> text,
    Optional<String> script) {

  /** The number of commands that are followed from one to the next. */
  public static final int MOST = 16;

  private static final Started NOTHING =
      new Started(none(), List.of(), List.of(), none(), none(), none(), none());

  /** Copies the lists. */
  public Started {
    command = List.copyOf(command);
    variables = List.copyOf(variables);
  }

  /**
   * Returns what a command starts.
   *
   * @param words the command, its program first
   * @return empty if the program is not known to start another
   */
  public static Optional<Started> by(List<String> words) {
    return Wrappers.named(nameOf(words))
        .map(wrapper -> wrapper.started(words.subList(1, words.size())));
  }

  /**
   * Returns whether what a command starts has the user and the rights that the command has, as far
   * as that is known.
   *
   * @param words the command, its program first
   */
  public static boolean keepsRights(List<String> words) {
    return Wrappers.keepsRights(nameOf(words));
  }

  /** Returns the name of the program of a command, without its directory. */
  public static String nameOf(List<String> words) {
    String program = words.getFirst();
    return program.substring(program.lastIndexOf('/') + 1);
  }

  /** Returns a command whose environment is passed on; empty if it is not known. */
  static Started command(List<String> words) {
    return new Started(none(), words, List.of(), none(), none(), none(), none());
  }

  static Started nothing() {
    return NOTHING;
  }

  /** Returns the text of a shell that is more than a single command. */
  static Started text(String text) {
    return new Started(none(), List.of(), List.of(), none(), none(), Optional.of(text), none());
  }

  static Started script(String file) {
    return new Started(none(), List.of(), List.of(), none(), none(), none(), Optional.of(file));
  }

  Started losing(Optional<String> how) {
    return new Started(how, command, variables, account, root, text, script);
  }

  Started with(List<String> changes) {
    return new Started(loss, command, changes, account, root, text, script);
  }

  Started as(Optional<Account> another) {
    return new Started(loss, command, variables, another, root, text, script);
  }

  Started under(Optional<String> directory) {
    return new Started(loss, command, variables, account, directory, text, script);
  }

  /**
   * The same in another working directory, where a relative path names another program.
   *
   * @param directory the directory; empty for that of the command
   */
  Started in(Optional<String> directory) {
    boolean relative =
        directory.isPresent()
            && !command.isEmpty()
            && command.getFirst().indexOf('/') >= 0
            && !command.getFirst().startsWith("/");
    if (!relative) {
      return this;
    }
    List<String> words = new ArrayList<>(command);
    words.set(0, directory.get() + "/" + command.getFirst());
    return new Started(loss, words, variables, account, root, text, script);
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  /**
   * Returns the environment of what is started.
   *
   * @param environment that of the command
   */
  public Map<String, String> over(Map<String, String> environment) {
    Map<String, String> changed = new HashMap<>(environment);
    for (String variable : variables) {
      int equals = variable.indexOf('=');
      if (equals < 0) {
        changed.remove(variable);
      } else {
        changed.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return changed;
  }

  /**
   * Returns how a command in a shell's text keeps LD_PRELOAD from what it starts.
   *
   * @param text the text, of which nothing is executed
   * @return the first such command in the words of a command line; empty if there is none
   */
  public static Optional<String> lossIn(String text) {
    return ShellText.of(text).commands().stream()
        .map(words -> words.stream().dropWhile(ShellText::isAssignment).toList())
        .flatMap(words -> lossOf(words).stream())
        .findFirst();
  }

  private static Optional<String> lossOf(List<String> command) {
    List<String> words = command;
    for (int i = 0; i < MOST && !words.isEmpty(); i++) {
      Optional<Started> started = by(words);
      Optional<String> loss = started.flatMap(Started::loss);
      if (loss.isPresent()) {
        return loss;
      }
      words = started.map(Started::command).orElse(List.of());
    }
    return Optional.empty();
  }
}
