package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Settings of one allocator, as a file that {@code tune} writes and {@code run}, {@code compare}
 * and {@code link} take. The file is text in UTF-8: a line {@code allocator = NAME}, then a line
 * {@code NAME = VALUE} for each setting; empty lines and lines that begin with {@code #} are
 * comments.
 *
 * @param name the name of the file, or another name for messages
 * @param allocator the allocator, as {@link Allocators#find} takes it
 * @param kind its kind
 * @param settings the settings, each name once; may be empty
 */
public record SettingsProfile(String name, String allocator, Kind kind, List<Setting> settings) {
  /** A profile has some ten lines. */
  private static final long MOST_BYTES = 1 << 16;

  private static final String ALLOCATOR = "allocator";

  /** The beginning of a setting that is a flag of the JVM. */
  static final String FLAG = "-XX:";

  /** The beginning of a setting that is a tunable of glibc. */
  static final String TUNABLE = "glibc.";

  /** Copies the list and checks that nothing is null. */
  public SettingsProfile {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(allocator, "allocator");
    Objects.requireNonNull(kind, "kind");
    settings = List.copyOf(settings);
  }

  /**
   * Reads a profile.
   *
   * @param file the file
   * @return the profile
   * @throws AllocatorException if it cannot be read, or a line is not as it must be
   */
  public static SettingsProfile read(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new AllocatorException(
            Files.exists(file)
                ? file + " is not a file: name a profile that onemalloc tune wrote."
                : "The profile " + file + " does not exist.");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new AllocatorException(file + " is too large to be a profile of settings.");
      }
      return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (CharacterCodingException e) {
      throw new AllocatorException(file + " is not a profile: it is not text in UTF-8.", e);
    } catch (IOException e) {
      throw new AllocatorException("The profile " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Parses the text of a profile.
   *
   * @param name the name of the file, for messages
   * @param text the text
   * @return the profile
   * @throws AllocatorException if a line is not as it must be
   */
  public static SettingsProfile parse(String name, String text) {
    String allocator = null;
    List<Setting> settings = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String stripped = line.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      int equals = stripped.indexOf('=');
      if (equals < 1) {
        throw refusal(name, number, "it is not NAME = VALUE");
      }
      String key = stripped.substring(0, equals).strip();
      String value = stripped.substring(equals + 1).strip();
      if (!names.add(key)) {
        throw refusal(name, number, key + " was set before");
      }
      if (allocator == null) {
        if (!key.equals(ALLOCATOR)) {
          throw refusal(name, number, "the first setting must be allocator = NAME");
        }
        allocator = value;
        continue;
      }
      Optional<String> objection = KnownSettings.objection(kindOf(name, allocator), key, value);
      if (objection.isPresent()) {
        throw refusal(name, number, objection.get());
      }
      settings.add(new Setting(key, value, "", name));
    }
    if (allocator == null) {
      throw new AllocatorException(
          name + " is not a profile: a profile has a line allocator = NAME.");
    }
    return new SettingsProfile(name, allocator, kindOf(name, allocator), settings);
  }

  /** Returns the kind that a name means; the kind of a library at a path is not known before. */
  private static Kind kindOf(String profile, String allocator) {
    String word = allocator.replaceFirst("@.*$", "");
    for (Kind kind : Kind.values()) {
      if (kind != Kind.OTHER && kind.word().equals(word)) {
        return kind;
      }
    }
    throw new AllocatorException(
        "%s is for the allocator %s, which is not known: a profile is for system, mimalloc, jemalloc or tcmalloc."
            .formatted(profile, allocator));
  }

  private static AllocatorException refusal(String name, int line, String why) {
    return new AllocatorException("%s, line %d: %s.".formatted(name, line, why));
  }

  /**
   * Checks that this profile is for an allocator.
   *
   * @param chosen the allocator
   * @throws AllocatorException if it is for another kind
   */
  void requireFor(Allocator chosen) {
    if (chosen.kind() != kind) {
      throw new AllocatorException(
          "%s is a profile of %s, not of %s: name %s instead."
              .formatted(name, kind.word(), chosen.name(), kind.word()));
    }
  }

  /**
   * Returns the flags of a JVM among the settings.
   *
   * @return words such as {@code -XX:TrimNativeHeapInterval=1000}
   */
  public List<String> jvmFlags() {
    return settings.stream()
        .filter(setting -> setting.name().startsWith(FLAG))
        .map(setting -> setting.name() + "=" + setting.value())
        .toList();
  }

  /**
   * Returns the text of the file.
   *
   * @param comments lines for its beginning, without the sign of a comment; control characters in
   *     them are replaced
   * @return lines, each with its line terminator; {@link #parse} takes it back
   */
  public String text(List<String> comments) {
    StringBuilder text = new StringBuilder();
    comments.forEach(line -> text.append(comment(line)));
    text.append(ALLOCATOR).append(" = ").append(allocator).append('\n');
    for (Setting setting : settings) {
      text.append('\n');
      if (!setting.reason().isEmpty()) {
        text.append(comment(setting.reason()));
        text.append(comment("Source: " + setting.source() + "."));
      }
      text.append(setting.name()).append(" = ").append(setting.value()).append('\n');
    }
    return text.toString();
  }

  private static String comment(String line) {
    return ("# " + line.replaceAll("\\p{Cntrl}", " ")).stripTrailing() + "\n";
  }
}
