package org.onemalloc.compare.command;

import static org.onemalloc.compare.command.Env.PRELOAD;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.compare.command.Arguments.Syntax;

/**
 * What execlineb starts: its text is one command, in which each program executes the words after
 * its own.
 */
/*
 * Design note. execline's own programs are passed over here and are no entries of the known
 * wrappers, because shells have commands of the same names (export, cd, if) that start nothing.
 */
final class Execline {
  private static final int MOST_BYTES = 256 << 10;

  /** A comment, a word in quotes, or a word. */
  private static final Pattern WORD =
      Pattern.compile("#[^\n]*|\"((?:[^\"\\\\]|\\\\.)*)\"|[^\\s\"#][^\\s\"]*", Pattern.DOTALL);

  /** The number of operands, blocks not counted, before the command of a program of execline. */
  private static final Map<String, Integer> OPERANDS =
      Map.ofEntries(
          Map.entry("foreground", 0),
          Map.entry("background", 0),
          Map.entry("if", 0),
          Map.entry("ifelse", 0),
          Map.entry("ifte", 0),
          Map.entry("pipeline", 0),
          Map.entry("multisubstitute", 0),
          Map.entry("trap", 0),
          Map.entry("exec", 0),
          Map.entry("backtick", 1),
          Map.entry("fdclose", 1),
          Map.entry("getpid", 1),
          Map.entry("cd", 1),
          Map.entry("envfile", 1),
          Map.entry("umask", 1),
          Map.entry("fdmove", 2),
          Map.entry("redirfd", 2),
          Map.entry("define", 2),
          Map.entry("importas", 2),
          Map.entry("export", 2));

  private Execline() {}

  /** Returns what execlineb starts that is given these arguments. */
  static Started started(Arguments arguments) {
    List<String> operands = arguments.operands();
    Optional<String> given = arguments.value("c");
    Optional<String> text =
        given.isPresent() ? given : operands.stream().findFirst().flatMap(Execline::read);
    List<String> rest = operands.stream().skip(given.isPresent() ? 0 : 1).toList();
    return text.map(known -> behindItsOwn(words(known, rest))).orElse(Started.nothing());
  }

  private static Started behindItsOwn(List<String> text) {
    List<String> words = text;
    List<String> variables = new ArrayList<>();
    Optional<String> directory = Optional.empty();
    Optional<String> loss = Optional.empty();
    while (!words.isEmpty() && OPERANDS.containsKey(Started.nameOf(words))) {
      String program = Started.nameOf(words);
      int count = OPERANDS.get(program);
      Syntax syntax = Syntax.of(valued(program));
      List<String> operands = Arguments.of(words.subList(1, words.size()), syntax).operands();
      if (operands.size() <= count) {
        return Started.nothing();
      }
      if (program.equals("export")) {
        // The value of another variable is not known here.
        boolean known = operands.get(1).indexOf('$') < 0;
        variables.addAll(known ? List.of(operands.getFirst() + "=" + operands.get(1)) : List.of());
        loss = operands.getFirst().equals(PRELOAD) ? Optional.of("export " + PRELOAD) : loss;
      } else if (program.equals("envfile")) {
        List<String> set = read(operands.getFirst()).map(Execline::assignments).orElse(List.of());
        variables.addAll(set);
        boolean loses = set.stream().anyMatch(variable -> variable.startsWith(PRELOAD + "="));
        loss = loses ? Optional.of("envfile " + operands.getFirst()) : loss;
      } else if (program.equals("cd")) {
        directory = Optional.of(operands.getFirst());
      }
      words = operands.subList(count, operands.size());
    }
    return Started.command(words).with(variables).losing(loss).in(directory);
  }

  /** Returns the letters of the options of a program of execline that take a value. */
  private static String valued(String program) {
    return switch (program) {
      case "exec" -> "a";
      case "if" -> "x";
      case "backtick", "importas" -> "D";
      default -> "";
    };
  }

  /** Returns NAME=VALUE for each line {@code name = value} of the text; # begins a comment. */
  private static List<String> assignments(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.startsWith("#") && line.indexOf('=') > 0)
        .map(line -> line.split("=", 2))
        .map(sides -> sides[0].strip() + "=" + sides[1].strip())
        .toList();
  }

  /** A pipe is not read: what is taken from it would be missing for execlineb. */
  private static Optional<String> read(String file) {
    if (!Files.isRegularFile(Path.of(file))) {
      return Optional.empty();
    }
    try (var in = Files.newInputStream(Path.of(file))) {
      return Optional.of(new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the words outside of blocks, whose commands are executed in processes of their own. */
  private static List<String> words(String text, List<String> arguments) {
    List<String> words = new ArrayList<>();
    int depth = 0;
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      String word = matcher.group();
      boolean quoted = matcher.group(1) != null;
      if (word.startsWith("#") && !quoted) {
        continue;
      }
      depth += word.equals("{") ? 1 : 0;
      if (depth == 0 && word.equals("$@")) {
        words.addAll(arguments);
      } else if (depth == 0) {
        words.add(quoted ? matcher.group(1).replaceAll("\\\\(.)", "$1") : word);
      }
      depth -= word.equals("}") ? 1 : 0;
    }
    return words;
  }
}
