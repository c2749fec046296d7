package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.link.LinkException;

/**
 * The words of a link step, and the artifact that they describe.
 *
 * @param driver the kind of program that links
 * @param program the first word, which names the program; a launcher stands before {@code
 *     onemalloc} and not after it
 * @param arguments the words after the first
 * @param all the arguments with {@code @file} words expanded
 */
record Words(Driver driver, String program, List<String> arguments, List<String> all) {
  /** Options of a compiler driver that stop before linking, or only answer a question. */
  private static final Set<String> NO_LINK =
      Set.of("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--version", "--help", "-dumpversion");

  private static final String DEPENDENCY_FILE = "--dependency-file";

  private static final Set<String> ANSWERS =
      Set.of("-dumpmachine", "-dumpspecs", "-dumpfullversion", "--target-help", "-###");

  /** Options for the linker that let it answer and link nothing. */
  private static final Set<String> LINKER_ANSWERS = Set.of("--version", "--help");

  /** Options whose value is the next word, which must not be taken for an input. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "-o",
          "--output",
          "-x",
          "-L",
          "-l",
          "-I",
          "-D",
          "-U",
          "-T",
          "-u",
          "-e",
          "-z",
          "-m",
          "-h",
          "-soname",
          "-include",
          "-isystem",
          "-Xlinker",
          "-target",
          "-arch",
          "-MF",
          "-MT",
          "-MQ",
          "-B",
          "-V",
          "-dynamic-linker",
          "-rpath",
          "-plugin",
          "-R",
          "-y",
          "-b",
          "-Map");

  static Words of(List<String> command) {
    if (command.isEmpty()) {
      throw LinkException.unusable(
          "There is no command after --: give the link step, as in -- cc -o program main.o.");
    }
    List<String> arguments = command.subList(1, command.size());
    List<String> all = new ArrayList<>();
    arguments.forEach(word -> expand(word, all, 0));
    return new Words(Driver.of(command.getFirst()), command.getFirst(), arguments, all);
  }

  /**
   * Expands {@code @file} by the rule of GCC (Overall Options): words are separated by white space,
   * with quotes and escapes.
   */
  private static void expand(String word, List<String> all, int depth) {
    Path file = Path.of(word.startsWith("@") ? word.substring(1) : "");
    if (!word.startsWith("@") || depth > 8 || !Files.isRegularFile(file)) {
      all.add(word);
      return;
    }
    try {
      for (String inner : split(Files.readString(file))) {
        expand(inner, all, depth + 1);
      }
    } catch (IOException e) {
      all.add(word); // the linker reports the error
    }
  }

  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
        }
        inWord = false;
        continue;
      }
      inWord = true;
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else {
        word.append(c);
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  /**
   * Returns the artifact that the options of the command describe; empty if the command links no
   * final artifact.
   */
  Optional<Artifact> artifact() {
    if (has("-r") || has("--relocatable") || (has("-i") && driver == Driver.LD)) {
      return Optional.empty(); // a relocatable object is not final: the seam stays undefined
    }
    if (driver == Driver.CC ? !links() : inputs().isEmpty()) {
      return Optional.empty();
    }
    if (has("-shared") || has("--shared") || has("-Bshareable")) {
      return Optional.of(Artifact.SHARED);
    }
    boolean fixed = has("-static") || has("--static") || has("-static-pie");
    boolean raw = driver == Driver.LD && !has("-static-pie") && !has("-dynamic-linker") && fixed;
    return Optional.of(
        fixed && (driver == Driver.CC || raw) ? Artifact.STATIC_EXECUTABLE : Artifact.EXECUTABLE);
  }

  private boolean links() {
    for (String word : all) {
      if (NO_LINK.contains(word) || ANSWERS.contains(word) || word.startsWith("-print-")) {
        return false;
      }
    }
    return !inputs().isEmpty() && forLinker().stream().noneMatch(LINKER_ANSWERS::contains);
  }

  /** Returns the words that are files to be linked. */
  List<String> inputs() {
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String word = all.get(i);
      if (WITH_VALUE.contains(word)) {
        i++;
      } else if (!word.startsWith("-") || word.equals("-")) {
        inputs.add(word);
      }
    }
    return inputs;
  }

  /** Returns whether an option is given, to the driver or through it to the linker. */
  boolean has(String option) {
    for (String word : all) {
      if (word.equals(option)
          || (word.startsWith("-Wl,") && List.of(word.split(",", -1)).contains(option))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the path of the file that is made. Of several, the last one counts, and one for the
   * linker counts more than one for the compiler, which comes before it on the linker's command
   * line.
   */
  Path output() {
    String output = output(all, "a.out");
    return Path.of(driver == Driver.CC ? output(forLinker(), output) : output);
  }

  private String output(List<String> words, String otherwise) {
    String output = otherwise;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if ((word.equals("-o") || word.equals("--output")) && i + 1 < words.size()) {
        output = words.get(++i);
      } else if (word.startsWith("-o") && word.length() > 2) {
        output = word.substring(2);
      } else if (word.startsWith("--output=")) {
        output = word.substring("--output=".length());
      } else if (WITH_VALUE.contains(word)) {
        i++;
      }
    }
    return output;
  }

  /** Returns the words that the compiler driver passes on to the linker. */
  private List<String> forLinker() {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String word = all.get(i);
      if (word.startsWith("-Wl,")) {
        words.addAll(List.of(word.substring("-Wl,".length()).split(",", -1)));
      } else if (word.equals("-Xlinker") && i + 1 < all.size()) {
        words.add(all.get(++i));
      }
    }
    return words;
  }

  /** Returns the file for the linker's own list of what it has read; empty for none. */
  Optional<Path> linkerDependencies() {
    List<String> words = driver == Driver.CC ? forLinker() : all;
    Optional<Path> file = Optional.empty();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.startsWith(DEPENDENCY_FILE + "=")) {
        file = Optional.of(Path.of(word.substring(DEPENDENCY_FILE.length() + 1)));
      } else if (word.equals(DEPENDENCY_FILE) && i + 1 < words.size()) {
        file = Optional.of(Path.of(words.get(++i)));
      }
    }
    return file;
  }

  /**
   * Returns whether the last word is an option without its value, so that further words would
   * become the value.
   */
  boolean isUnfinished() {
    boolean value = false;
    for (String word : all) {
      value = !value && WITH_VALUE.contains(word);
    }
    return value;
  }

  /**
   * Returns the command with another output, and with words before and after its own.
   *
   * <p>A compiler driver is still given its own output, because it names further files after it
   * where it compiles too: dependencies, coverage notes, separate debug information (GCC manual,
   * "Overall Options"). Only the linker is told another one, last: the last one counts.
   */
  List<String> linking(Path output, List<String> before, List<String> after) {
    List<String> words = new ArrayList<>(List.of(program));
    words.addAll(before);
    words.addAll(arguments);
    words.addAll(after);
    words.addAll(driver.pass("-o", output.toString()));
    return words;
  }

  /** Returns the options that determine the machine, for the compiler of the binding. */
  List<String> machineOptions() {
    List<String> options = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String word = all.get(i);
      if (word.equals("-target") && i + 1 < all.size()) {
        options.addAll(List.of(word, all.get(++i)));
      } else if (word.matches("-m(32|64|x32|abi=.*|arch=.*|cpu=.*|float-abi=.*|fpu=.*)")
          || word.startsWith("--target=")
          || word.startsWith("--sysroot=")
          || word.startsWith("-B")) {
        options.add(word);
      }
    }
    return options;
  }

  /** Returns the directories of {@code -L}. */
  List<String> libraryDirectories() {
    List<String> directories = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String word = all.get(i);
      if (word.equals("-L") && i + 1 < all.size()) {
        directories.add(all.get(++i));
      } else if (word.startsWith("-L") && word.length() > 2) {
        directories.add(word.substring(2));
      }
    }
    return directories;
  }
}
