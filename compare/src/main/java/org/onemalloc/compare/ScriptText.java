package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.onemalloc.compare.command.Started;

/**
 * Searches the text of a script for constructs that affect the programs that it starts. The result
 * is only a hint, because a script can have the same effect without the searched text.
 *
 * @param lines the lines of the script, limited to its first 256 KiB
 */
record ScriptText(List<String> lines) {
  private static final int MOST_BYTES = 256 << 10;

  /**
   * An assignment to LD_PRELOAD that drops the old value, or a program that drops it. {@link
   * Started} also finds programs behind others; this also finds them inside of quotes.
   */
  private static final Pattern LOSES_PRELOAD =
      Pattern.compile(
          "\\bLD_PRELOAD=(?!.*\\$\\{?LD_PRELOAD)|\\b(unset|env\\s+-u)\\s+LD_PRELOAD\\b"
              + "|\\benv\\s+(-i\\b|-\\s|--ignore-environment)|\\bexec\\s+-c\\b|\\bsudo\\s");

  /** Programs that change the user and keep capabilities. */
  private static final Pattern KEEPS_CAPABILITIES = Pattern.compile("\\b(setpriv|capsh)\\s");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_./+-]{2,}");

  /** Reads a script. A pipe is not read: what is taken from it would be missing for the shell. */
  static ScriptText of(Path script) {
    if (!Files.isRegularFile(script)) {
      return new ScriptText(List.of());
    }
    try (var in = Files.newInputStream(script)) {
      String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
      return new ScriptText(text.lines().toList());
    } catch (IOException e) {
      return new ScriptText(List.of());
    }
  }

  static ScriptText of(String text) {
    return new ScriptText(text.lines().toList());
  }

  /** Returns the number, from 1, of the first line that removes LD_PRELOAD. */
  Optional<Integer> losesPreload() {
    return first(line -> LOSES_PRELOAD.matcher(line).find() || Started.lossIn(line).isPresent());
  }

  /**
   * Returns the words that can name a program, each once, from the beginning.
   *
   * @param most no more than that
   */
  List<String> words(int most) {
    return lines.stream()
        .filter(line -> !line.stripLeading().startsWith("#"))
        .flatMap(line -> NAME.matcher(line).results())
        .map(MatchResult::group)
        .distinct()
        .limit(most)
        .toList();
  }

  boolean keepsCapabilities() {
    return first(line -> KEEPS_CAPABILITIES.matcher(line).find()).isPresent();
  }

  private Optional<Integer> first(Predicate<String> wanted) {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.stripLeading().startsWith("#") && wanted.test(line)) {
        return Optional.of(i + 1);
      }
    }
    return Optional.empty();
  }
}
