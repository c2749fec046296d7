package org.onemalloc.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/** The same figures for programs; docs/performance.md says what each field is. */
final class Json {
  private static final int SCHEMA = 1;

  private Json() {}

  static void write(Path file, List<Row.Result> results, boolean quick, int rounds)
      throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("{\n  \"schema\": ").append(SCHEMA);
    text.append(",\n  \"java\": ").append(string(System.getProperty("java.vm.version")));
    text.append(",\n  \"processors\": ").append(Runtime.getRuntime().availableProcessors());
    text.append(",\n  \"quick\": ").append(quick).append(",\n  \"rounds\": ").append(rounds);
    text.append(",\n  \"rows\": [");
    String before = "\n";
    for (Row.Result result : results) {
      text.append(before);
      row(text, result);
      before = ",\n";
    }
    text.append("\n  ]\n}\n");
    save(file.toAbsolutePath(), text.toString());
  }

  private static void row(StringBuilder text, Row.Result result) {
    Row row = result.row();
    text.append("    {\"name\": ").append(string(row.name()));
    text.append(", \"work\": ").append(string(row.work()));
    text.append(", \"unit\": ").append(string(row.unit())).append(",\n     \"ours\": {");
    figure(text, result.ours()).append("},\n     \"peers\": [");
    for (int i = 0; i < row.peers().size(); i++) {
      Row.Peer peer = row.peers().get(i);
      Row.Figure figure = result.peers().get(i);
      double ratio = result.ours().median() / figure.median();
      text.append(i == 0 ? "\n" : ",\n").append("       {\"name\": ").append(string(peer.name()));
      figure(text.append(", "), figure).append(", \"ratio\": ").append(number(ratio));
      if (peer.goal() != 0) {
        text.append(", \"goal\": ").append(number(peer.goal()));
        text.append(", \"met\": ").append(ratio <= peer.goal());
      }
      text.append("}");
    }
    text.append("\n     ]}");
  }

  private static StringBuilder figure(StringBuilder text, Row.Figure figure) {
    return text.append("\"median\": ")
        .append(number(figure.median()))
        .append(", \"least\": ")
        .append(number(figure.min()))
        .append(", \"most\": ")
        .append(number(figure.max()));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String string(String value) {
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static void save(Path file, String text) throws IOException {
    Path beside = Files.createTempFile(file.getParent(), file.getFileName().toString(), null);
    try (FileChannel out = FileChannel.open(beside, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      out.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
