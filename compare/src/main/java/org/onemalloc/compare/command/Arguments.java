package org.onemalloc.compare.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of a program, divided into options and operands as getopt_long(3) does.
 *
 * @param options the options before the first operand, in their order
 * @param operands all other words
 */
record Arguments(List<Option> options, List<String> operands) {
  /**
   * An option.
   *
   * @param name one letter, or a long name without its dashes and in full
   * @param value its value; empty if it has none
   */
  record Option(String name, String value) {}

  /**
   * The options of a program.
   *
   * @param valued the letters of the short options that take a value
   * @param names the long options; {@code =} follows the names of those that take a value
   * @param anywhere whether options are also accepted after operands, as long as no {@code --}
   *     precedes them
   */
  record Syntax(String valued, Set<String> names, boolean anywhere) {
    static Syntax of(String valued, String... names) {
      return new Syntax(valued, Set.of(names), false);
    }

    Syntax afterOperandsToo() {
      return new Syntax(valued, names, true);
    }

    /** Returns the long option that a name or its unambiguous beginning means. */
    private Optional<String> full(String name) {
      List<String> all = names.stream().filter(each -> plain(each).startsWith(name)).toList();
      return all.stream()
          .filter(each -> plain(each).equals(name))
          .findFirst()
          .or(() -> all.size() == 1 ? Optional.of(all.getFirst()) : Optional.empty());
    }

    private static String plain(String name) {
      return name.endsWith("=") ? name.substring(0, name.length() - 1) : name;
    }
  }

  static Arguments of(List<String> words, Syntax syntax) {
    List<Option> options = new ArrayList<>();
    List<String> operands = new ArrayList<>();
    int at = 0;
    while (at < words.size()) {
      String word = words.get(at++);
      if (word.equals("--")) {
        operands.addAll(words.subList(at, words.size()));
        break;
      }
      boolean isOption = word.length() > 1 && word.startsWith("-");
      if (!isOption) {
        operands.add(word);
        if (!syntax.anywhere()) {
          operands.addAll(words.subList(at, words.size()));
          break;
        }
      } else if (word.startsWith("--")) {
        at += addLong(word.substring(2), words, at, syntax, options);
      } else {
        at += addShort(word, words, at, syntax, options);
      }
    }
    return new Arguments(List.copyOf(options), List.copyOf(operands));
  }

  /** Adds a long option and returns the number of further words that it took: 0 or 1. */
  private static int addLong(
      String word, List<String> words, int next, Syntax syntax, List<Option> options) {
    int equals = word.indexOf('=');
    String given = equals < 0 ? word : word.substring(0, equals);
    Optional<String> known = syntax.full(given);
    boolean valued = known.filter(name -> name.endsWith("=")).isPresent();
    String name = known.map(Syntax::plain).orElse(given);
    if (equals >= 0) {
      options.add(new Option(name, word.substring(equals + 1)));
      return 0;
    }
    boolean follows = valued && next < words.size();
    options.add(new Option(name, follows ? words.get(next) : ""));
    return follows ? 1 : 0;
  }

  /** Adds the short options of a word and returns the number of further words that they took. */
  private static int addShort(
      String word, List<String> words, int next, Syntax syntax, List<Option> options) {
    for (int i = 1; i < word.length(); i++) {
      String letter = word.substring(i, i + 1);
      if (syntax.valued().contains(letter)) {
        boolean attached = i + 1 < word.length();
        boolean follows = !attached && next < words.size();
        options.add(
            new Option(letter, attached ? word.substring(i + 1) : follows ? words.get(next) : ""));
        return follows ? 1 : 0;
      }
      options.add(new Option(letter, ""));
    }
    return 0;
  }

  boolean has(String... names) {
    return value(names).isPresent();
  }

  /** Returns the value of the first option with one of these names. */
  Optional<String> value(String... names) {
    Set<String> wanted = Set.of(names);
    return options.stream().filter(o -> wanted.contains(o.name())).map(Option::value).findFirst();
  }

  /** Returns whether one of these options has this value. */
  boolean has(String value, Set<String> names) {
    return options.stream().anyMatch(o -> names.contains(o.name()) && o.value().equals(value));
  }
}
