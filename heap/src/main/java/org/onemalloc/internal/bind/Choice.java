package org.onemalloc.internal.bind;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.onemalloc.HeapError;

/**
 * The heap to bind, and the origin of the choice.
 *
 * @param by the origin of the choice, as text
 * @param expected the allocator that the artifact's record names, empty without one
 * @param privateName the allocator of a private heap, empty for the process heap
 * @param privateFile the library to load for it, empty for the one on the class path
 */
public record Choice(String by, String expected, String privateName, String privateFile) {
  /** The system property by which a program without a record chooses. */
  static final String PROPERTY = "onemalloc.heap";

  private static final String RECORD = "lib/onemalloc/choice.properties";
  private static final String PRIVATE = "private:";

  static Choice here() {
    Path record = Path.of(System.getProperty("java.home"), RECORD);
    return of(record, read(record), System.getProperty(PROPERTY));
  }

  /** Reads the artifact's record, written by {@code onemalloc link}; null if there is none. */
  static Properties read(Path record) {
    if (!Files.exists(record)) {
      return null;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(record)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new HeapError(
          "The record of the artifact's allocator, " + record + ", cannot be read: link again.", e);
    }
    if (properties.getProperty("allocator", "").isBlank()) {
      throw new HeapError(
          "The record of the artifact's allocator, " + record + ", names none: link again.");
    }
    return properties;
  }

  public static Choice of(Path file, Properties record, String property) {
    boolean own = property != null && property.startsWith(PRIVATE);
    if (property != null && !own && !property.equals("process")) {
      throw new HeapError(
          "The system property "
              + PROPERTY
              + " is \""
              + property
              + "\": it must be process, private:NAME or private:NAME,FILE.");
    }
    if (record != null && own) {
      throw new HeapError(
          "Two heaps were chosen: this artifact was linked with "
              + record.getProperty("allocator")
              + " (record "
              + file
              + "), and the system property "
              + PROPERTY
              + " asks for "
              + property
              + ": omit the property, or undo the link with onemalloc link --undo.");
    }
    if (own) {
      String[] parts = property.substring(PRIVATE.length()).split(",", 2);
      String path = parts.length == 2 ? parts[1] : "";
      return new Choice("the system property " + PROPERTY + "=" + property, "", parts[0], path);
    }
    if (record != null) {
      String allocator = record.getProperty("allocator");
      return new Choice("the artifact's record " + file, allocator, "", "");
    }
    String by =
        property == null
            ? "nothing: the process heap as it is"
            : "the system property " + PROPERTY + "=process";
    return new Choice(by, "", "", "");
  }
}
