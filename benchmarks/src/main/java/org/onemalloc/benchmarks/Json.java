package org.onemalloc.benchmarks;

import java.io.IOException;
import java.util.List;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.JsonWriter;
import org.onemalloc.text.OutputException;

/** The figures as JSON; docs/performance.md describes the fields. */
final class Json {
  private static final int SCHEMA = 1;

  private Json() {}

  static void write(AtomicFile file, List<Row.Result> results, boolean quick, int rounds)
      throws OutputException {
    file.write(out -> write(new JsonWriter(out), results, quick, rounds));
  }

  private static void write(JsonWriter json, List<Row.Result> results, boolean quick, int rounds)
      throws IOException {
    json.beginObject();
    json.name("schema").value(SCHEMA);
    json.name("java").value(System.getProperty("java.vm.version"));
    json.name("processors").value(Runtime.getRuntime().availableProcessors());
    json.name("quick").value(quick);
    json.name("rounds").value(rounds);
    json.name("rows").beginArray();
    for (Row.Result result : results) {
      row(json, result);
    }
    json.endArray().endObject().end();
  }

  private static void row(JsonWriter json, Row.Result result) throws IOException {
    Row row = result.row();
    json.beginObject();
    json.name("name").value(row.name());
    json.name("work").value(row.work());
    json.name("unit").value(row.unit());
    json.name("ours").inline().beginObject();
    figure(json, result.ours());
    json.endObject();
    json.name("peers").beginArray();
    for (int i = 0; i < row.peers().size(); i++) {
      peer(json, row.peers().get(i), result.peers().get(i), result.ours());
    }
    json.endArray().endObject();
  }

  private static void peer(JsonWriter json, Row.Peer peer, Row.Figure figure, Row.Figure ours)
      throws IOException {
    double ratio = ours.median() / figure.median();
    json.inline().beginObject().name("name").value(peer.name());
    figure(json, figure);
    number(json, "ratio", ratio);
    if (peer.goal() != 0) {
      number(json, "goal", peer.goal());
      json.name("met").value(ratio <= peer.goal());
    }
    json.endObject();
  }

  private static void figure(JsonWriter json, Row.Figure figure) throws IOException {
    number(json, "median", figure.median());
    number(json, "least", figure.min());
    number(json, "most", figure.max());
  }

  /** Writes four decimals; further ones are noise. */
  private static void number(JsonWriter json, String name, double value) throws IOException {
    json.name(name).value(Math.round(value * 1e4) / 1e4);
  }
}
