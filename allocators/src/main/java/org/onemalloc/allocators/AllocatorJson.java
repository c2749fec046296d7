package org.onemalloc.allocators;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

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
    List<String> objects = allocators.stream().map(AllocatorJson::object).toList();
    String list = objects.isEmpty() ? "[]" : "[\n" + String.join(",\n", objects) + "\n  ]";
    return "{\n  \"allocators\": " + list + "\n}\n";
  }

  private static String object(Allocator allocator) {
    List<String> fields = new ArrayList<>();
    field(fields, "name", text(allocator.name()));
    field(fields, "qualifiedName", text(allocator.qualifiedName()));
    field(fields, "qualifier", text(allocator.qualifier()));
    field(fields, "usual", Boolean.toString(allocator.usual()));
    field(fields, "kind", text(allocator.kind().word()));
    field(fields, "version", text(allocator.version()));
    field(fields, "origin", text(allocator.origin().word()));
    field(
        fields,
        "library",
        allocator.library().map(Path::toString).map(AllocatorJson::text).orElse("null"));
    field(fields, "features", list(allocator.features().stream().map(Feature::word).toList()));
    field(fields, "missing", list(allocator.missing()));
    field(fields, "pageSize", Long.toString(allocator.pageSize()));
    field(fields, "configuration", text(allocator.configuration()));
    field(fields, "defect", text(allocator.defect()));
    field(fields, "preload", fitness(allocator.preload()));
    field(fields, "dlopen", fitness(allocator.dlopen()));
    field(fields, "link", fitness(allocator.link()));
    return "    {\n" + String.join(",\n", fields) + "\n    }";
  }

  private static void field(List<String> fields, String name, String value) {
    fields.add("      \"" + name + "\": " + value);
  }

  private static String fitness(Fitness fitness) {
    return "{\"fit\": " + fitness.fit() + ", \"reason\": " + text(fitness.reason()) + "}";
  }

  private static String list(Collection<String> texts) {
    return "[" + String.join(", ", texts.stream().map(AllocatorJson::text).toList()) + "]";
  }

  /** Quotes a text (RFC 8259, section 7). */
  static String text(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20) {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
