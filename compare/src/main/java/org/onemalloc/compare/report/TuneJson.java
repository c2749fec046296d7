package org.onemalloc.compare.report;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.onemalloc.allocators.Setting;
import org.onemalloc.compare.judge.Duels.Bounds;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.tune.Standing;
import org.onemalloc.compare.tune.Trial;
import org.onemalloc.compare.tune.TuneResult;
import org.onemalloc.compare.tune.TuneResult.Entry;
import org.onemalloc.compare.tune.TuneResult.Limit;
import org.onemalloc.compare.tune.Verdict;
import org.onemalloc.text.JsonWriter;

/** The JSON of a tuning, specified in docs/tune.md: change both together. */
final class TuneJson {
  /** Incremented when a member is removed or changes its meaning, not when one is added. */
  static final int SCHEMA_VERSION = 1;

  private final TuneResult result;
  private final JsonWriter json;

  TuneJson(TuneResult result, Appendable out) {
    this.result = result;
    this.json = new JsonWriter(out);
  }

  void write() throws IOException {
    Verdict verdict = Verdict.of(result);
    json.beginObject();
    json.name("schema").value("onemalloc.tune");
    json.name("schemaVersion").value(SCHEMA_VERSION);
    json.name("started").value(result.started().toString());
    strings("command", result.request().measured().command());
    strings("reproduce", result.request().measured().reproduce());
    json.name("least").value(result.request().least());
    json.name("goal").value(result.goal().key());
    json.name("within").beginArray();
    for (Limit limit : result.limits()) {
      json.inline().beginObject();
      json.name("figure").value(limit.figure().key());
      json.name("text").value(limit.constraint().text());
      json.name("mostCostRatio").value(limit.most());
      json.endObject();
    }
    json.endArray();
    json.name("rounds").value(result.rounds());
    json.name("runs").value(result.runs());
    json.name("end").value(lower(result.end()));
    json.name("verdict").value(verdict.text());
    json.name("usable").value(verdict.usable());
    if (result.winner().isPresent()) {
      json.name("chosen").value(result.winner().get().candidate().name());
    }
    strings("notes", result.notes());
    json.name("machine").beginObject();
    json.name("processors").value(result.machine().processors());
    json.name("processorModel").value(result.machine().processorModel());
    json.name("kernel").value(result.machine().kernel());
    json.name("libc").value(result.machine().libc());
    json.name("java").value(result.machine().java());
    json.name("tool").value(result.machine().tool());
    json.endObject();
    json.name("candidates").beginArray();
    for (Entry entry : result.entries()) {
      candidate(entry);
    }
    json.endArray().endObject().end();
  }

  private void candidate(Entry entry) throws IOException {
    json.beginObject();
    json.name("name").value(entry.candidate().name());
    json.name("allocator").value(entry.candidate().variant().allocator());
    json.name("origin").value(lower(entry.candidate().origin()));
    json.name("settings").beginArray();
    for (Setting setting : entry.candidate().profile().settings()) {
      json.inline().beginObject();
      json.name("name").value(setting.name());
      json.name("value").value(setting.value());
      json.name("reason").value(setting.reason());
      json.name("source").value(setting.source());
      json.endObject();
    }
    json.endArray();
    standing(entry.standing());
    json.name("where").value(TuneWords.ended(result, entry));
    ratios("raceRatios", entry.raceRatios());
    ratios("freshRatios", entry.freshRatios());
    json.name("runs").beginArray();
    for (Trial trial : entry.race()) {
      run(trial);
    }
    for (Trial trial : entry.fresh()) {
      run(trial);
    }
    json.endArray().endObject();
  }

  private void standing(Standing standing) throws IOException {
    switch (standing) {
      case Standing.Running _ -> json.name("standing").value("left");
      case Standing.Worse worse -> dropped("worse", worse.round());
      case Standing.Breaks breaks -> dropped("breaks", breaks.round());
      case Standing.Faulty faulty -> dropped("faulty", faulty.round());
    }
  }

  private void dropped(String why, int round) throws IOException {
    json.name("standing").value(why);
    json.name("droppedAfterRound").value(round);
  }

  private void ratios(String name, Map<Figure, Bounds> ratios) throws IOException {
    json.name(name).beginObject();
    for (Map.Entry<Figure, Bounds> ratio : ratios.entrySet()) {
      json.name(ratio.getKey().key()).inline().beginObject();
      json.name("estimate").value(ratio.getValue().estimate());
      json.name("low").value(ratio.getValue().low());
      json.name("high").value(ratio.getValue().high());
      json.endObject();
    }
    json.endObject();
  }

  private void run(Trial trial) throws IOException {
    json.inline().beginObject();
    json.name("stage").value(lower(trial.stage()));
    json.name("round").value(trial.round());
    json.name("mark").value(lower(trial.mark()));
    json.name("counts").value(trial.counts());
    if (!trial.reason().isEmpty()) {
      json.name("reason").value(trial.reason());
    }
    json.name("nanos").value(trial.nanos());
    json.name("figures").beginObject();
    for (Map.Entry<String, Double> figure : trial.figures().entrySet()) {
      json.name(figure.getKey()).value(figure.getValue());
    }
    json.endObject().endObject();
  }

  private void strings(String name, List<String> values) throws IOException {
    json.name(name).inline().beginArray();
    for (String value : values) {
      json.value(value);
    }
    json.endArray();
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
