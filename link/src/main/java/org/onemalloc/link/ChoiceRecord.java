package org.onemalloc.link;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The record of a choice, {@code lib/onemalloc/choice.properties}: what was chosen, and what every
 * changed file was before and is now. The seam reads {@code allocator} from it.
 *
 * <p>Keys: {@code allocator}, {@code version}, {@code library} (a file name), {@code sha256},
 * {@code tuning} (the settings that are built in, empty for none), {@code licence} and {@code
 * licence.sha256} where its licence was written beside it, {@code tool} (the version of onemalloc),
 * {@code program} (of a program: where it is, from here), and for each file {@code original.PATH}
 * and {@code linked.PATH} with its SHA-256.
 *
 * @param values the keys and values
 */
record ChoiceRecord(SortedMap<String, String> values) {
  /** Which program a record is of, relative to it; of an image there is none. */
  static final String PROGRAM = "program";

  private static final String ORIGINAL = "original.";

  /** Far more than an image's files need. */
  private static final long MOST_BYTES = 16 << 20;

  static Optional<ChoiceRecord> read(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    if (!isReadable(file)) {
      throw LinkException.unusable(
          "The record %s is not a file of onemalloc's: move it away and link again."
              .formatted(file));
    }
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw LinkException.unusable(
          "The record %s cannot be read: remove it and link again.".formatted(file), e);
    }
    SortedMap<String, String> values = new TreeMap<>();
    properties.forEach((key, value) -> values.put(key.toString(), value.toString()));
    return Optional.of(new ChoiceRecord(values));
  }

  private static boolean isReadable(Path file) {
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) <= MOST_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  /** The name of a file in the home; empty if there is none. */
  String fileName(String key) {
    String name = get(key);
    return name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals("..") ? "" : name;
  }

  String get(String key) {
    return values.getOrDefault(key, "");
  }

  /** The files that were changed, by the name that the record gives them. */
  Set<String> originals() {
    Set<String> names = new TreeSet<>();
    for (String key : values.keySet()) {
      if (key.startsWith(ORIGINAL) && key.indexOf('\0') < 0) {
        names.add(key.substring(ORIGINAL.length()));
      }
    }
    return names;
  }

  /** As a properties file without a date: the same bytes for the same choice. */
  byte[] content() {
    StringBuilder text = new StringBuilder();
    text.append("# The allocator of this artifact, written by onemalloc link.\n");
    for (Map.Entry<String, String> entry : values.entrySet()) {
      text.append(escape(entry.getKey(), " :=#!\\"));
      text.append('=').append(escape(entry.getValue(), "\\")).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String escape(String text, String special) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\f' -> escaped.append("\\f");
        default -> {
          boolean leading = i == 0 && c == ' '; // left out otherwise
          escaped.append(leading || special.indexOf(c) >= 0 ? "\\" : "").append(c);
        }
      }
    }
    return escaped.toString();
  }
}
