package org.onemalloc.link;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The record of a choice, {@code lib/onemalloc/choice.properties}: the choice, and the digests of
 * every changed file before and after the link. The seam reads the key {@code allocator}.
 *
 * <p>Keys: {@code allocator}, {@code version}, {@code library} (a file name), {@code sha256},
 * {@code tuning} (the built-in settings, empty for none), {@code licence} and {@code
 * licence.sha256} if the licence was written beside the library, {@code tool} (the version of
 * onemalloc), {@code program} (for a single program: its path, relative to the directory of the
 * record), {@code absolute} (every file names the library by its absolute path), and for each file
 * {@code original.PATH} and {@code linked.PATH} with its SHA-256.
 *
 * @param values the keys and values
 */
record ChoiceRecord(SortedMap<String, String> values) {
  /** The key of a program's path, relative to the directory of the record; absent for an image. */
  static final String PROGRAM = "program";

  /** The key that every file names the allocator by its absolute path, on request. */
  static final String ABSOLUTE = "absolute";

  private static final String ORIGINAL = "original.";
  private static final String LINKED = "linked.";

  /** The maximum size of a record: much more than the files of an image need. */
  private static final long MOST_BYTES = 16 << 20;

  static Optional<ChoiceRecord> read(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    if (!isReadable(file)) {
      throw LinkException.unusable(
          "The record %s was not written by onemalloc: move it away and link again."
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

  /**
   * Returns the name of a file in the home; empty if there is none, or if it is not a plain name.
   */
  String fileName(String key) {
    String name = get(key);
    return name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals("..") ? "" : name;
  }

  String get(String key) {
    return values.getOrDefault(key, "");
  }

  /** Returns the names of the changed files in the record. */
  Set<String> originals() {
    Set<String> names = new TreeSet<>();
    for (String key : values.keySet()) {
      if (key.startsWith(ORIGINAL) && key.indexOf('\0') < 0) {
        names.add(key.substring(ORIGINAL.length()));
      }
    }
    return names;
  }

  /**
   * Returns the record of a single program under another name.
   *
   * @param from the name in this record
   * @param to the new name
   * @param program the path of the program, relative to the directory of the record
   */
  ChoiceRecord renamed(String from, String to, String program) {
    SortedMap<String, String> renamed = new TreeMap<>(values);
    for (String prefix : List.of(ORIGINAL, LINKED)) {
      String digest = renamed.remove(prefix + from);
      if (digest != null) {
        renamed.put(prefix + to, digest);
      }
    }
    renamed.put(PROGRAM, program);
    return new ChoiceRecord(renamed);
  }

  /** Returns the content as a properties file without a date: equal choices give equal bytes. */
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
          boolean leading = i == 0 && c == ' '; // a reader skips unescaped leading spaces
          escaped.append(leading || special.indexOf(c) >= 0 ? "\\" : "").append(c);
        }
      }
    }
    return escaped.toString();
  }
}
