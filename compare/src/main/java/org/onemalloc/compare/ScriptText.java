package org.onemalloc.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Searches the text of a script for constructs that affect the programs that it starts. The result
 * is only a hint, because a script can have the same effect without the searched text.
 *
 * @param lines the lines of the script, limited to its first 256 KiB
 */
record ScriptText(List<String> lines) {
  private static final int MOST_BYTES = 256 << 10;

  /** An assignment to LD_PRELOAD that drops the old value, an empty environment, or sudo(8). */
  private static final Pattern LOSES_PRELOAD =
      Pattern.compile(
          "\\bLD_PRELOAD=(?!.*\\$\\{?LD_PRELOAD)|\\b(unset|env\\s+-u)\\s+LD_PRELOAD\\b"
              + "|\\benv\\s+(-i\\b|-\\s|--ignore-environment)|\\bexec\\s+-c\\b|\\bsudo\\s");

  /** Programs that change the user and keep capabilities. */
  private static final Pattern KEEPS_CAPABILITIES = Pattern.compile("\\b(setpriv|capsh)\\s");

  static ScriptText of(Path script) {
    try (var in = Files.newInputStream(script)) {
      String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
      return new ScriptText(text.lines().toList());
    } catch (IOException e) {
      return new ScriptText(List.of());
    }
  }

  /** Returns the number, from 1, of the first line that removes LD_PRELOAD. */
  Optional<Integer> losesPreload() {
    return first(LOSES_PRELOAD);
  }

  boolean keepsCapabilities() {
    return first(KEEPS_CAPABILITIES).isPresent();
  }

  private Optional<Integer> first(Pattern pattern) {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.stripLeading().startsWith("#") && pattern.matcher(line).find()) {
        return Optional.of(i + 1);
      }
    }
    return Optional.empty();
  }
}
