package org.onemalloc.top;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.onemalloc.text.JsonWriter;
import org.onemalloc.top.Frame.MappingUsage;

/** Writes a frame as one line of JSON. */
public final class FrameJson {
  private static final int SCHEMA = 1;

  private FrameJson() {}

  /**
   * Returns a frame as JSON.
   *
   * @param frame the frame
   * @return one object on one line, without a line terminator
   */
  public static String of(Frame frame) {
    StringBuilder text = new StringBuilder();
    try {
      write(new JsonWriter(text).inline(), frame);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString().strip();
  }

  private static void write(JsonWriter json, Frame frame) throws IOException {
    json.beginObject().name("schema").value(SCHEMA);
    json.name("pid").value(frame.pid());
    json.name("command").beginArray();
    for (String word : frame.command()) {
      json.value(word);
    }
    json.endArray();
    json.name("malloc").value(frame.malloc().orElse(null));
    json.name("residentBytes").value(frame.residentBytes());
    json.name("proportionalBytes").value(frame.proportionalBytes());
    json.name("glibcBytes");
    optional(json, frame.glibcBytes().orElse(-1));
    json.name("mappings").beginArray();
    for (MappingUsage mapping : frame.mappings()) {
      json.beginObject().name("name").value(mapping.name());
      json.name("residentBytes").value(mapping.residentBytes());
      json.name("proportionalBytes").value(mapping.proportionalBytes()).endObject();
    }
    json.endArray().name("heap");
    if (frame.heap().isPresent()) {
      write(json, frame.heap().get());
    } else {
      json.value((String) null);
    }
    json.name("notes").beginArray();
    for (String note : frame.notes()) {
      json.value(note);
    }
    json.endArray().endObject();
  }

  private static void write(JsonWriter json, HeapView heap) throws IOException {
    json.beginObject().name("allocator").value(heap.allocator());
    json.name("accounting").value(heap.accounting());
    for (Map.Entry<String, Long> figure : heap.figures().entrySet()) {
      json.name(figure.getKey());
      optional(json, figure.getValue());
    }
    json.name("tags").beginArray();
    for (HeapView.Tag tag : heap.tags()) {
      json.beginObject().name("tag").value(tag.name());
      json.name("bytes").value(tag.bytes());
      json.name("blocks").value(tag.blocks());
      json.name("totalBytes").value(tag.totalBytes());
      json.name("limit");
      optional(json, tag.limit());
      json.endObject();
    }
    json.endArray().name("threads").beginArray();
    for (HeapView.ThreadView thread : heap.threads()) {
      json.beginObject().name("name").value(thread.name());
      json.name("allocatedBytes").value(thread.allocatedBytes());
      json.name("freedBytes").value(thread.freedBytes()).endObject();
    }
    json.endArray().endObject();
  }

  private static void optional(JsonWriter json, long value) throws IOException {
    if (value < 0) {
      json.value((String) null);
    } else {
      json.value(value);
    }
  }
}
