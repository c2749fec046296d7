package org.onemalloc.collect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.onemalloc.text.JsonWriter;
import org.onemalloc.text.Text;

/**
 * The evidence of many machines: who runs on what, who does not, and how memory spreads. Immutable.
 */
public final class Gathering {
  private static final int SCHEMA_VERSION = 1;

  private final List<Observed> all;
  private final String expected;

  private Gathering(List<Observed> all, String expected) {
    this.all = List.copyOf(all);
    this.expected = expected;
  }

  /**
   * Reads files.
   *
   * @param files the files, at least one
   * @param role the only role that is taken, such as {@code executor}; empty for all
   * @param expected the allocator, or its library, that each process is expected to run on; empty
   *     for none
   * @return what they say
   * @throws CollectException if a file cannot be used, or none has a process in that role
   * @throws IOException if a file cannot be read
   */
  public static Gathering of(List<Path> files, String role, String expected) throws IOException {
    List<Observed> all = new ArrayList<>();
    for (Path file : files) {
      for (Observed each : EvidenceReader.read(file)) {
        if (role.isEmpty() || each.role().equals(role)) {
          all.add(each);
        }
      }
    }
    if (all.isEmpty()) {
      throw new CollectException("No file has evidence of a process in the role " + role + ".");
    }
    return new Gathering(all, expected);
  }

  /**
   * Judges one process by what {@code inspect --json} writes of it.
   *
   * @param inspection the JSON
   * @param expected the allocator, or its library, that the process is expected to run on
   * @return a sentence that names the process and says why it is not proven to run on it; empty if
   *     it is
   * @throws CollectException if the JSON is that of files
   */
  public static Optional<String> doubt(String inspection, String expected) {
    Observed process = EvidenceReader.read("the inspection", inspection).getFirst();
    return process
        .unlike(expected)
        .map(why -> "%s is not proven to run on %s: %s".formatted(process.name(), expected, why));
  }

  /**
   * Returns what the files say of each process.
   *
   * @return the processes, in the order of the files; at least one
   */
  public List<Observed> processes() {
    return all;
  }

  /**
   * Returns whether each process is proven to run on the expected allocator.
   *
   * @return true if so, and if none is expected
   */
  public boolean asExpected() {
    return expected.isEmpty() || all.stream().allMatch(each -> each.unlike(expected).isEmpty());
  }

  /** The figures of memory, in the order of the table. */
  private static final Map<String, Function<Observed, OptionalLong>> FIGURES =
      new LinkedHashMap<>();

  static {
    FIGURES.put("rss", each -> each.memory().rss());
    FIGURES.put("pss", each -> each.memory().pss());
    FIGURES.put("peak", each -> each.memory().peak());
  }

  /** Returns the processes by role and allocator, each in the order of the files. */
  private Map<List<String>, List<Observed>> groups() {
    Map<List<String>, List<Observed>> groups = new LinkedHashMap<>();
    Map<String, List<Observed>> roles = new LinkedHashMap<>();
    all.forEach(each -> roles.computeIfAbsent(each.role(), r -> new ArrayList<>()).add(each));
    roles.forEach(
        (role, members) -> {
          Map<String, List<Observed>> kinds = new TreeMap<>();
          members.forEach(
              each -> kinds.computeIfAbsent(each.allocator(), k -> new ArrayList<>()).add(each));
          kinds.forEach((kind, some) -> groups.put(List.of(role, kind), some));
        });
    return groups;
  }

  private static Optional<Spread> spread(
      List<Observed> processes, Function<Observed, OptionalLong> figure) {
    return Spread.of(
        processes.stream()
            .map(figure)
            .filter(OptionalLong::isPresent)
            .map(OptionalLong::getAsLong)
            .toList());
  }

  private static long places(List<Observed> processes) {
    return processes.stream()
        .map(each -> each.host().isEmpty() ? each.file() : each.host())
        .distinct()
        .count();
  }

  /**
   * Returns the table and what does not fit, for a terminal.
   *
   * @return lines, each ended by a newline
   */
  public String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("ROLE", "ALLOCATOR", "PROVEN", "HOSTS", "RSS MB", "PSS MB", "PEAK MB"));
    groups()
        .forEach(
            (key, members) -> {
              List<String> row = new ArrayList<>(key);
              long proven = members.stream().filter(Observed::proven).count();
              row.add("%d of %d".formatted(proven, members.size()));
              row.add(Long.toString(places(members)));
              FIGURES
                  .values()
                  .forEach(
                      figure -> row.add(spread(members, figure).map(Gathering::cell).orElse("")));
              rows.add(row);
            });
    StringBuilder text = new StringBuilder(table(rows));
    text.append("\nMemory: minimum / median / maximum. MB = 2^20 bytes.\n");
    List<String> doubts = doubts();
    if (!doubts.isEmpty()) {
      text.append('\n');
      doubts.forEach(doubt -> text.append(Text.escaped(doubt)).append('\n'));
    }
    return text.toString();
  }

  private List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    for (Observed each : all) {
      Optional<String> doubt = expected.isEmpty() ? each.doubt() : each.unlike(expected);
      String what = expected.isEmpty() ? "is not proven" : "is not proven to run on " + expected;
      doubt.ifPresent(why -> doubts.add("%s %s: %s".formatted(each.who(), what, why)));
    }
    return doubts;
  }

  private static String cell(Spread spread) {
    return "%s / %s / %s"
        .formatted(megabytes(spread.min()), megabytes(spread.median()), megabytes(spread.max()));
  }

  private static String megabytes(long bytes) {
    double megabytes = bytes / 1048576.0;
    return String.format(Locale.ROOT, megabytes < 100 ? "%.1f" : "%.0f", megabytes);
  }

  private static String table(List<List<String>> rows) {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> Text.escaped(r.get(at)).length()).max().orElse(0);
        String cell = Text.escaped(row.get(column));
        line.append(cell).append(" ".repeat(width - cell.length() + 2));
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  /**
   * Writes the same as JSON, specified in docs/clusters.md.
   *
   * @param out the destination, encoded as UTF-8
   * @throws IOException if it cannot be written
   */
  public void json(Appendable out) throws IOException {
    JsonWriter json = new JsonWriter(out);
    json.beginObject();
    json.name("schema").value("onemalloc.collect");
    json.name("schemaVersion").value(SCHEMA_VERSION);
    if (!expected.isEmpty()) {
      json.name("expected").value(expected);
    }
    json.name("asExpected").value(asExpected());
    json.name("groups").beginArray();
    for (Map.Entry<List<String>, List<Observed>> group : groups().entrySet()) {
      List<Observed> members = group.getValue();
      json.beginObject();
      json.name("role").value(group.getKey().getFirst());
      json.name("allocator").value(group.getKey().getLast());
      json.name("processes").value(members.size());
      json.name("proven").value(members.stream().filter(Observed::proven).count());
      json.name("hosts").value(places(members));
      for (Map.Entry<String, Function<Observed, OptionalLong>> figure : FIGURES.entrySet()) {
        Optional<Spread> spread = spread(members, figure.getValue());
        if (spread.isPresent()) {
          json.name(figure.getKey() + "Bytes").inline().beginObject();
          json.name("processes").value(spread.get().count());
          json.name("min").value(spread.get().min());
          json.name("median").value(spread.get().median());
          json.name("max").value(spread.get().max());
          json.endObject();
        }
      }
      json.endObject();
    }
    json.endArray().name("processes").beginArray();
    for (Observed each : all) {
      process(json, each);
    }
    json.endArray().endObject().end();
  }

  private static void process(JsonWriter json, Observed each) throws IOException {
    json.beginObject();
    json.name("file").value(each.file());
    if (!each.host().isEmpty()) {
      json.name("host").value(each.host());
    }
    json.name("role").value(each.role());
    json.name("name").value(each.name());
    json.name("allocator").value(each.allocator());
    if (!each.provider().isEmpty()) {
      json.name("provider").value(each.provider());
    }
    json.name("proven").value(each.proven());
    if (each.doubt().isPresent()) {
      json.name("doubt").value(each.doubt().get());
    }
    for (Map.Entry<String, Function<Observed, OptionalLong>> figure : FIGURES.entrySet()) {
      OptionalLong bytes = figure.getValue().apply(each);
      if (bytes.isPresent()) {
        json.name(figure.getKey() + "Bytes").value(bytes.getAsLong());
      }
    }
    json.endObject();
  }
}
