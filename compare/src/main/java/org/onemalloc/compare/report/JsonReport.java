package org.onemalloc.compare.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.onemalloc.compare.AllocatorStatistics;
import org.onemalloc.compare.Comparison;
import org.onemalloc.compare.Machine;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.Variant;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Growth;
import org.onemalloc.compare.judge.Judgement;
import org.onemalloc.compare.judge.Ratio;
import org.onemalloc.compare.judge.Summary;
import org.onemalloc.compare.judge.VariantJudgement;
import org.onemalloc.compare.server.Measured;
import org.onemalloc.text.JsonWriter;

/** The JSON form, specified in docs/compare-json.md: change both together. */
final class JsonReport {
  /** Incremented when a member is removed or changes its meaning, not when one is added. */
  static final int SCHEMA_VERSION = 1;

  private final Judgement judgement;
  private final JsonWriter json;

  JsonReport(Judgement judgement, Appendable out) {
    this.judgement = judgement;
    this.json = new JsonWriter(out);
  }

  void write() throws IOException {
    Comparison comparison = judgement.comparison();
    json.beginObject();
    json.name("schema").value("onemalloc.compare");
    json.name("schemaVersion").value(SCHEMA_VERSION);
    json.name("started").value(comparison.started().toString());
    strings("command", comparison.command());
    if (comparison.load().isPresent()) {
      json.name("load").value(comparison.load().get());
    }
    strings("reproduce", comparison.reproduce());
    json.name("roundsAsked").value(comparison.roundsAsked());
    json.name("roundsRun").value(comparison.rounds());
    json.name("looks").inline().beginArray();
    for (int look : comparison.looks()) {
      json.value(look);
    }
    json.endArray();
    json.name("end").value(lower(comparison.end()));
    json.name("interrupted").value(comparison.end() == Comparison.End.INTERRUPTED);
    json.name("seed").value(Long.toString(comparison.seed()));
    json.name("sampleIntervalNanos").value(comparison.sampleIntervalNanos());
    List<String> notes = new ArrayList<>(comparison.notes());
    notes.addAll(judgement.notes());
    strings("notes", notes);
    strings("undecided", judgement.undecided());
    machine(comparison.machine());
    json.name("recommendation").value(judgement.recommendation().text());
    json.name("variants").beginArray();
    for (VariantJudgement variant : judgement.variants()) {
      variant(variant);
    }
    json.endArray().name("runs").beginArray();
    for (Run run : comparison.runs()) {
      run(run);
    }
    json.endArray().endObject().end();
  }

  private void machine(Machine machine) throws IOException {
    json.name("machine").beginObject();
    json.name("processors").value(machine.processors());
    json.name("processorModel").value(machine.processorModel());
    json.name("memoryBytes").value(machine.memoryBytes());
    json.name("kernel").value(machine.kernel());
    json.name("libc").value(machine.libc());
    json.name("transparentHugePages").value(machine.transparentHugePages());
    json.name("java").value(machine.java());
    json.name("tool").value(machine.tool());
    json.endObject();
  }

  private void variant(VariantJudgement judged) throws IOException {
    Variant variant = judged.variant();
    json.beginObject();
    json.name("name").value(variant.name());
    json.name("allocator").value(variant.allocator());
    json.name("library").value(variant.library());
    json.name("environment").beginObject();
    for (Map.Entry<String, String> entry : variant.environment().entrySet()) {
      json.name(entry.getKey()).value(entry.getValue());
    }
    json.endObject();
    strings("jvmFlags", variant.jvmFlags());
    strings("command", variant.command());
    json.name("mark").value(lower(judged.mark()));
    json.name("runsCounted").value(judged.counted().size());
    strings("problems", judged.problems());
    json.name("verdict").value(judged.verdict());
    Optional<Growth> growth = Growth.of(judged.counted());
    if (growth.isPresent()) {
      growth(growth.get());
    }
    json.name("figures").beginObject();
    for (Map.Entry<Figure, Summary> entry : judged.figures().entrySet()) {
      json.name(entry.getKey().key());
      summary(entry.getValue());
    }
    json.endObject().endObject();
  }

  private void growth(Growth growth) throws IOException {
    json.name("growth").inline().beginObject();
    json.name("bytesPerHour").value(growth.bytesPerHour());
    if (Double.isFinite(growth.halfWidth())) {
      json.name("low").value(growth.bytesPerHour() - growth.halfWidth());
      json.name("high").value(growth.bytesPerHour() + growth.halfWidth());
    }
    json.name("observedNanos").value(growth.observedNanos());
    json.name("runs").value(growth.runs());
    json.endObject();
  }

  private void summary(Summary summary) throws IOException {
    json.inline().beginObject();
    json.name("runs").value(summary.runs());
    json.name("median").value(summary.median());
    json.name("min").value(summary.min());
    json.name("max").value(summary.max());
    if (summary.ratio().isPresent()) {
      Ratio ratio = summary.ratio().get();
      json.name("ratio").beginObject();
      json.name("estimate").value(ratio.estimate());
      json.name("low").value(ratio.low());
      json.name("high").value(ratio.high());
      json.name("pValue").value(ratio.pValue());
      json.name("pairs").value(ratio.pairs());
      json.name("degreesOfFreedom").value(ratio.degrees());
      json.name("pooled").value(ratio.pooled());
      json.endObject();
    }
    json.name("difference").value(lower(summary.difference()));
    json.endObject();
  }

  private void run(Run run) throws IOException {
    json.beginObject();
    json.name("variant").value(run.variant());
    json.name("round").value(run.round());
    json.name("counts").value(run.counts());
    json.name("outcome").beginObject();
    json.name("exitCode").value(run.outcome().exitCode());
    json.name("ok").value(run.outcome().ok());
    json.name("message").value(run.outcome().message());
    json.endObject();
    json.name("proof").beginObject();
    json.name("proven").value(run.proof().proven());
    strings("evidence", run.proof().evidence());
    strings("failures", run.proof().failures());
    strings("unseen", run.proof().unseen());
    json.endObject();
    usage(run.usage());
    optional("endRssBytes", run.endRssBytes());
    optional("idleRssBytes", run.idleRssBytes());
    if (run.load().isPresent()) {
      load(run.load().get());
    }
    roles(run.roles());
    if (run.statistics().isPresent()) {
      statistics(run.statistics().get());
    }
    timeline(run);
    json.endObject();
  }

  private void usage(Run.Usage usage) throws IOException {
    json.name("usage").beginObject();
    json.name("wallNanos").value(usage.wallNanos());
    json.name("userNanos").value(usage.userNanos());
    json.name("systemNanos").value(usage.systemNanos());
    json.name("peakRssBytes").value(usage.peakRssBytes());
    json.name("peakPssBytes").value(usage.peakPssBytes());
    json.name("minorFaults").value(usage.minorFaults());
    json.name("majorFaults").value(usage.majorFaults());
    json.name("voluntarySwitches").value(usage.voluntarySwitches());
    json.name("involuntarySwitches").value(usage.involuntarySwitches());
    json.endObject();
  }

  private void load(Run.Load load) throws IOException {
    json.name("load").beginObject();
    json.name("nanos").value(load.nanos());
    json.name("figures").beginArray();
    for (Measured figure : load.figures()) {
      json.inline().beginObject();
      json.name("name").value(figure.name());
      json.name("unit").value(figure.unit());
      json.name("value").value(figure.value());
      json.name("higherIsBetter").value(figure.higherIsBetter());
      json.endObject();
    }
    json.endArray().endObject();
  }

  private void roles(List<Run.Role> roles) throws IOException {
    if (roles.isEmpty()) {
      return;
    }
    json.name("roles").beginArray();
    for (Run.Role role : roles) {
      json.inline().beginObject();
      json.name("name").value(role.name());
      json.name("processes").value(role.processes());
      json.name("peakRssBytes").value(role.peakRssBytes());
      json.endObject();
    }
    json.endArray();
  }

  private void statistics(AllocatorStatistics statistics) throws IOException {
    json.name("allocatorStatistics").beginObject();
    json.name("source").value(statistics.source());
    optional("allocatedBytes", statistics.allocatedBytes());
    optional("activeBytes", statistics.activeBytes());
    optional("residentBytes", statistics.residentBytes());
    optional("retainedBytes", statistics.retainedBytes());
    json.endObject();
  }

  private void timeline(Run run) throws IOException {
    json.name("phases").beginArray();
    for (Run.Phase phase : run.phases()) {
      json.inline().beginObject();
      json.name("name").value(phase.name());
      json.name("sinceStartNanos").value(phase.sinceStartNanos());
      json.name("rssBytes").value(phase.rssBytes());
      json.endObject();
    }
    json.endArray().name("samples").beginArray();
    for (Run.Sample sample : run.samples()) {
      json.inline().beginObject();
      json.name("sinceStartNanos").value(sample.sinceStartNanos());
      json.name("rssBytes").value(sample.rssBytes());
      if (sample.hasPss()) {
        json.name("pssBytes").value(sample.pssBytes());
      }
      json.name("processes").value(sample.processes());
      json.endObject();
    }
    json.endArray();
  }

  private void strings(String name, List<String> values) throws IOException {
    json.name(name).inline().beginArray();
    for (String value : values) {
      json.value(value);
    }
    json.endArray();
  }

  private void optional(String name, OptionalLong value) throws IOException {
    if (value.isPresent()) {
      json.name(name).value(value.getAsLong());
    }
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
