package org.onemalloc.allocators;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.onemalloc.text.JsonWriter;

/**
 * Allocators as JSON: {@code {"allocators": [{…}, …]}}. The names of the fields are those of {@link
 * Allocator}'s components and stay; new ones may come. {@code library} is null for the system's
 * own; {@code preload}, {@code dlopen} and {@code link} are objects with {@code fit} and {@code
 * reason}; {@code qualifiedName} is there too.
 */
public final class AllocatorJson {
  private AllocatorJson() {}

  /**
   * Returns one JSON document, ended by a newline.
   *
   * @param allocators what to list, in this order
   */
  public static String render(List<Allocator> allocators) {
    StringBuilder text = new StringBuilder();
    JsonWriter json = new JsonWriter(text);
    try {
      json.beginObject().name("allocators").beginArray();
      for (Allocator allocator : allocators) {
        write(json, allocator);
      }
      json.endArray().endObject().end();
    } catch (IOException e) {
      throw new UncheckedIOException("a StringBuilder does not fail", e);
    }
    return text.toString();
  }

  private static void write(JsonWriter json, Allocator allocator) throws IOException {
    json.beginObject();
    json.name("name").value(allocator.name());
    json.name("qualifiedName").value(allocator.qualifiedName());
    json.name("qualifier").value(allocator.qualifier());
    json.name("usual").value(allocator.usual());
    json.name("kind").value(allocator.kind().word());
    json.name("version").value(allocator.version());
    json.name("origin").value(allocator.origin().word());
    json.name("library").value(allocator.library().map(Path::toString).orElse(null));
    list(json, "features", allocator.features().stream().map(Feature::word).toList());
    list(json, "missing", allocator.missing());
    json.name("pageSize").value(allocator.pageSize());
    json.name("configuration").value(allocator.configuration());
    json.name("defect").value(allocator.defect());
    fitness(json, "preload", allocator.preload());
    fitness(json, "dlopen", allocator.dlopen());
    fitness(json, "link", allocator.link());
    json.endObject();
  }

  private static void fitness(JsonWriter json, String name, Fitness fitness) throws IOException {
    json.name(name).inline().beginObject();
    json.name("fit").value(fitness.fit()).name("reason").value(fitness.reason()).endObject();
  }

  private static void list(JsonWriter json, String name, Collection<String> texts)
      throws IOException {
    json.name(name).inline().beginArray();
    for (String text : texts) {
      json.value(text);
    }
    json.endArray();
  }
}
