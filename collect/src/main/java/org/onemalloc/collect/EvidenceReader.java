package org.onemalloc.collect;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.collect.Observed.Memory;

/**
 * Reads what {@code inspect --json} of a process, {@code compare --json} and the Spark plugin have
 * written. A file is one JSON object, or a JSON object on each line.
 */
final class EvidenceReader {
  /** The version of each format that is read: a higher one may mean something else. */
  private static final int SCHEMA_VERSION = 1;

  private final String file;

  private EvidenceReader(String file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @return what it says of each process, in its order; at least one
   * @throws CollectException if it is none of these formats, or says nothing
   * @throws IOException if it cannot be read
   */
  static List<Observed> read(Path file) throws IOException {
    return read(file.toString(), text(file));
  }

  /**
   * Reads the text of a file.
   *
   * @param file its name
   */
  static List<Observed> read(String file, String text) {
    return new EvidenceReader(file).read(text);
  }

  private static String text(Path file) throws IOException {
    if (file.toString().isEmpty()) {
      throw new CollectException("The name of a file is empty.");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CollectException(file + " is not a regular file.");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new CollectException(file + " is no JSON: it is not in UTF-8.");
    } catch (OutOfMemoryError e) {
      throw new CollectException(file + " is too large to be read.");
    }
  }

  private List<Observed> read(String text) {
    List<Observed> all = new ArrayList<>();
    try {
      for (JsonObject object : objects(text)) {
        all.addAll(observed(object));
      }
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | ClassCastException
        | NumberFormatException e) {
      throw unusable("is not the JSON of inspect --json, compare --json or the Spark plugin");
    }
    if (all.isEmpty()) {
      throw unusable("has evidence of no process");
    }
    return all;
  }

  /** Reads values one after the other; a line's end is but white space between them. */
  private static List<JsonObject> objects(String text) throws IOException {
    List<JsonObject> objects = new ArrayList<>();
    for (String part : isLines(text) ? text.split("\n", -1) : new String[] {text}) {
      if (part.isBlank()) {
        continue;
      }
      JsonReader reader = new JsonReader(new StringReader(part));
      reader.setStrictness(Strictness.STRICT);
      JsonElement value = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonParseException("more than one value");
      }
      objects.add(value.getAsJsonObject());
    }
    return objects;
  }

  /**
   * Returns whether the first line is a whole object: other JSON of ours has one for each member.
   */
  private static boolean isLines(String text) {
    String first = text.lines().findFirst().orElse("").strip();
    return first.startsWith("{") && first.endsWith("}");
  }

  private List<Observed> observed(JsonObject object) {
    String schema = string(object, "schema");
    if (!object.has("schemaVersion")
        || member(object, "schemaVersion").getAsInt() > SCHEMA_VERSION) {
      throw unusable(
          "is of a newer version of onemalloc, or of none: collect it with that version");
    }
    return switch (schema) {
      case "onemalloc.evidence" -> List.of(evidence(object));
      case "onemalloc.inspect" -> List.of(inspection(object));
      case "onemalloc.compare" -> comparison(object);
      default -> throw new JsonParseException("the schema " + schema);
    };
  }

  private Observed evidence(JsonObject object) {
    String role = string(object, "role");
    String id = string(object, "id");
    String allocator = string(object, "allocator");
    return new Observed(
        file,
        string(object, "host"),
        role,
        (role.equals(id) ? role : role + " " + id) + pid(object),
        allocator.isEmpty() ? Observed.UNKNOWN : allocator,
        string(object, "provider"),
        doubt(member(object, "proof").getAsJsonObject()),
        memory(object));
  }

  private Observed inspection(JsonObject object) {
    if (!object.has("process")) {
      throw unusable("is an inspection of files, which says nothing of a process");
    }
    JsonObject process = object.getAsJsonObject("process");
    String provider = string(object, "processHeap");
    String kind = Observed.kind(provider);
    return new Observed(
        file,
        string(process, "host"),
        "process",
        program(process) + pid(process),
        kind,
        provider,
        doubt(object, process, provider, kind),
        memory(process));
  }

  private static String program(JsonObject process) {
    List<String> command = strings(process, "command");
    String program = command.isEmpty() ? "a process" : command.getFirst();
    return program.substring(program.lastIndexOf('/') + 1);
  }

  private static Optional<String> doubt(
      JsonObject object, JsonObject process, String provider, String kind) {
    for (JsonElement hazard : member(object, "hazards").getAsJsonArray()) {
      if (string(hazard.getAsJsonObject(), "id").equals("escape")) {
        return strings(hazard.getAsJsonObject(), "evidence").stream().findFirst();
      }
    }
    if (provider.isEmpty() || !member(process, "bindingsSeen").getAsBoolean()) {
      return Optional.of("what serves its malloc was not seen.");
    }
    if (process.has("otherAllocators") && !process.getAsJsonArray("otherAllocators").isEmpty()) {
      JsonObject other = process.getAsJsonArray("otherAllocators").get(0).getAsJsonObject();
      return Optional.of(
          "it %s allocates with %s: %s."
              .formatted(
                  member(other, "used").getAsBoolean() ? "also" : "perhaps also",
                  string(other, "file"),
                  string(other, "evidence")));
    }
    boolean glibcKnown = process.has("glibcArenaBytes") && process.has("glibcMappedBytes");
    return kind.equals("system") || glibcKnown
        ? Optional.empty()
        : Optional.of("how much glibc's own heap holds is unknown.");
  }

  private List<Observed> comparison(JsonObject object) {
    List<Observed> runs = new ArrayList<>();
    for (JsonElement element : member(object, "runs").getAsJsonArray()) {
      JsonObject run = element.getAsJsonObject();
      String variant = string(run, "variant");
      String library = ofVariant(object, variant, "library");
      String kind =
          !library.isEmpty()
              ? Observed.kind(library)
              : ofVariant(object, variant, "allocator").startsWith("system")
                  ? "system"
                  : Observed.UNKNOWN; // the program as it is shipped
      JsonObject outcome = member(run, "outcome").getAsJsonObject();
      OptionalLong peak = number(member(run, "usage").getAsJsonObject(), "peakRssBytes");
      runs.add(
          new Observed(
              file,
              "",
              "run of " + variant,
              "run %d of %s".formatted(member(run, "round").getAsInt(), variant),
              kind,
              library,
              member(outcome, "ok").getAsBoolean()
                  ? doubt(member(run, "proof").getAsJsonObject())
                  : Optional.of("it failed."),
              new Memory(
                  OptionalLong.empty(),
                  OptionalLong.empty(),
                  peak.orElse(0) > 0 ? peak : OptionalLong.empty())));
    }
    return runs;
  }

  private static String ofVariant(JsonObject comparison, String variant, String member) {
    for (JsonElement element : member(comparison, "variants").getAsJsonArray()) {
      if (string(element.getAsJsonObject(), "name").equals(variant)) {
        return string(element.getAsJsonObject(), member);
      }
    }
    return "";
  }

  private static Optional<String> doubt(JsonObject proof) {
    List<String> sentences = new ArrayList<>(strings(proof, "failures"));
    sentences.addAll(strings(proof, "unseen"));
    if (sentences.isEmpty() && !member(proof, "proven").getAsBoolean()) {
      sentences.add("it has no proof.");
    }
    return sentences.stream().findFirst();
  }

  private static JsonElement member(JsonObject object, String name) {
    if (!object.has(name)) {
      throw new JsonParseException("no member " + name);
    }
    return object.get(name);
  }

  private static Memory memory(JsonObject object) {
    return new Memory(
        number(object, "rssBytes"), number(object, "pssBytes"), number(object, "peakRssBytes"));
  }

  private static String pid(JsonObject object) {
    OptionalLong pid = number(object, "pid");
    return pid.isPresent() ? " (pid %d)".formatted(pid.getAsLong()) : "";
  }

  private static String string(JsonObject object, String name) {
    return object.has(name) ? object.get(name).getAsString() : "";
  }

  private static OptionalLong number(JsonObject object, String name) {
    if (!object.has(name)) {
      return OptionalLong.empty();
    }
    long number = object.get(name).getAsLong();
    if (number < 0) {
      throw new JsonParseException(name + " is " + number);
    }
    return OptionalLong.of(number);
  }

  private static List<String> strings(JsonObject object, String name) {
    List<String> strings = new ArrayList<>();
    if (object.has(name)) {
      object.getAsJsonArray(name).forEach(each -> strings.add(each.getAsString()));
    }
    return strings;
  }

  private CollectException unusable(String why) {
    return new CollectException(file + " " + why + ".");
  }
}
