package org.onemalloc.compare.command;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.onemalloc.compare.command.Arguments.Syntax;

/** A program, or a command of the shell, that starts the command which its arguments name. */
interface Wrapper {
  /** Returns what it starts that is given these arguments. */
  Started started(List<String> words);

  /** A program whose command follows its options. */
  static Wrapper plain(Syntax syntax) {
    return plain(syntax, 0);
  }

  /**
   * A program whose command follows its options and some operands.
   *
   * @param operands the number of operands before the command
   */
  static Wrapper plain(Syntax syntax, int operands) {
    return of(syntax, arguments -> after(operands, arguments));
  }

  /** A program whose arguments are divided into options and operands. */
  static Wrapper of(Syntax syntax, Function<Arguments, Started> started) {
    return words -> started.apply(Arguments.of(words, syntax));
  }

  /** A program that starts its command as another user. */
  static Wrapper as(Syntax syntax, int operands, Function<Arguments, Optional<Account>> account) {
    return of(syntax, arguments -> after(operands, arguments).as(account.apply(arguments)));
  }

  /**
   * A program that keeps LD_PRELOAD from its command.
   *
   * @param loss returns how, in the words of a command line; empty if it does not
   */
  static Wrapper losing(Syntax syntax, Function<Arguments, Optional<String>> loss) {
    return of(syntax, arguments -> after(0, arguments).losing(loss.apply(arguments)));
  }

  /** Returns the command that follows some operands. */
  static Started after(int operands, Arguments arguments) {
    List<String> all = arguments.operands();
    return all.size() <= operands
        ? Started.nothing()
        : Started.command(all.subList(operands, all.size()));
  }
}
