package org.onemalloc.profile;

import java.io.IOException;
import org.onemalloc.text.JsonWriter;

/** Writes a difference as JSON: the bytes of both, so that a reader can compare them in any way. */
final class DifferenceJson {
  private DifferenceJson() {}

  static void write(Difference difference, Appendable out) throws IOException {
    JsonWriter json = new JsonWriter(out);
    json.beginObject().name("format").value("onemalloc-profile-diff 1");
    json.name("before");
    profile(json, difference.before());
    json.name("after");
    profile(json, difference.after());
    json.name("perSecond").value(difference.perSecond());
    json.name("parts").beginArray();
    for (Difference.Change change : difference.changes()) {
      json.inline().beginObject().name("name").value(change.name());
      json.name("before");
      part(json, change.before());
      json.name("after");
      part(json, change.after());
      json.endObject();
    }
    json.endArray().endObject();
    out.append('\n');
  }

  private static void profile(JsonWriter json, SavedProfile profile) throws IOException {
    json.inline().beginObject().name("subject").value(profile.subject());
    json.name("nanos").value(profile.nanos()).name("everyBytes").value(profile.every());
    json.endObject();
  }

  private static void part(JsonWriter json, Part part) throws IOException {
    json.beginObject().name("allocatedBytes").value(part.allocated());
    json.name("liveBytes").value(part.live()).name("blocks").value(part.blocks());
    json.endObject();
  }
}
