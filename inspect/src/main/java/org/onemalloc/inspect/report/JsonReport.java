package org.onemalloc.inspect.report;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.LiveState.JavaState;
import org.onemalloc.inspect.result.LiveState.OtherAllocator;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.text.JsonWriter;

/** The report as JSON, specified in docs/inspect-json.md. */
final class JsonReport {
  private static final int SCHEMA_VERSION = 1;

  private final Inspection inspection;
  private final String version;
  private final JsonWriter json;

  JsonReport(Inspection inspection, String version, Appendable out) {
    this.inspection = inspection;
    this.version = version;
    this.json = new JsonWriter(out);
  }

  void write() throws IOException {
    json.beginObject();
    json.name("schema").value("onemalloc.inspect");
    json.name("schemaVersion").value(SCHEMA_VERSION);
    json.name("tool").value(version);
    json.name("subject").value(inspection.subject());
    optional("processHeap", inspection.processHeap());
    json.name("hazards").beginArray();
    for (Hazard hazard : inspection.hazards()) {
      write(hazard);
    }
    json.endArray().name("modules").beginArray();
    for (NativeModule module : inspection.modules()) {
      write(module);
    }
    json.endArray();
    if (inspection.live().isPresent()) {
      write(inspection.live().get());
    }
    strings("notes", inspection.notes());
    json.endObject().end();
  }

  private void write(Hazard hazard) throws IOException {
    json.beginObject();
    json.name("id").value(hazard.id());
    json.name("severity").value(word(hazard.severity()));
    json.name("module").value(hazard.module());
    strings("evidence", hazard.evidence());
    json.name("consequence").value(hazard.consequence());
    json.name("remedy").value(hazard.remedy());
    json.endObject();
  }

  private void write(NativeModule module) throws IOException {
    json.beginObject();
    json.name("name").value(module.name());
    json.name("format").value(module.format());
    json.name("architecture").value(module.architecture());
    json.name("role").value(word(module.role()));
    json.name("calls").beginArray();
    for (Call call : module.calls()) {
      write(call);
    }
    json.endArray();
    strings("overrides", module.overrides());
    json.name("privateAllocators").beginArray();
    for (PrivateAllocator allocator : module.privateAllocators()) {
      json.inline().beginObject();
      json.name("name").value(allocator.name());
      json.name("evidence").value(allocator.evidence());
      json.endObject();
    }
    json.endArray().endObject();
  }

  private void write(Call call) throws IOException {
    json.inline().beginObject();
    json.name("symbol").value(call.symbol());
    optional("version", call.version());
    json.name("weak").value(call.weak());
    optional("provider", call.provider());
    json.name("pending").value(call.pending());
    json.endObject();
  }

  private void write(LiveState live) throws IOException {
    json.name("process").beginObject();
    json.name("host").value(live.host());
    json.name("pid").value(live.pid());
    strings("command", live.command());
    json.name("settings").beginObject();
    for (Map.Entry<String, String> setting : new TreeMap<>(live.settings()).entrySet()) {
      json.name(setting.getKey()).value(setting.getValue());
    }
    json.endObject();
    json.name("bindingsSeen").value(live.bindingsSeen());
    number("rssBytes", live.memory().rss());
    number("pssBytes", live.memory().pss());
    number("peakRssBytes", live.memory().peakRss());
    number("glibcArenaBytes", live.glibcArenaBytes());
    number("glibcMappedBytes", live.glibcMappedBytes());
    json.name("otherAllocators").beginArray();
    for (OtherAllocator other : live.others()) {
      json.beginObject();
      json.name("file").value(other.file());
      json.name("used").value(other.used());
      json.name("evidence").value(other.evidence());
      json.endObject();
    }
    json.endArray();
    if (live.java().isPresent()) {
      JavaState java = live.java().get();
      json.name("java").beginObject();
      strings("flags", java.flags());
      number("mallocBytes", java.mallocBytes());
      number("glibcOutstandingBytes", java.glibcOutstandingBytes());
      number("glibcRetainedBytes", java.glibcRetainedBytes());
      json.endObject();
    }
    json.endObject();
  }

  private void strings(String name, List<String> values) throws IOException {
    json.name(name).beginArray();
    for (String value : values) {
      json.value(value);
    }
    json.endArray();
  }

  private void optional(String name, Optional<String> value) throws IOException {
    if (value.isPresent()) {
      json.name(name).value(value.get());
    }
  }

  private void number(String name, Optional<Long> value) throws IOException {
    if (value.isPresent()) {
      json.name(name).value(value.get());
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
