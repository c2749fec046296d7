package org.onemalloc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.onemalloc.benchmarks.suite.Suite;
import org.onemalloc.text.AtomicFile;
import org.onemalloc.text.OutputException;
import org.onemalloc.text.Outputs;

/**
 * The command {@code ./bench [--quick] [--rounds N] [--list] [--json FILE] [NAME…]}, {@code ./bench
 * --table [--into DOCUMENT] JSON…} or {@code ./bench suite}, see {@link Suite}.
 */
public final class Bench {
  private static final int ROUNDS = 5;
  private static final int ROUNDS_QUICK = 3;

  private record Options(boolean quick, int rounds, boolean list, Path json, Set<String> names) {}

  private Bench() {}

  /** Measures and prints. */
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("--table")) {
      table(List.of(arguments));
      return;
    }
    if (arguments.length > 0 && arguments[0].equals("suite")) {
      suite(List.of(arguments).subList(1, arguments.length));
      return;
    }
    Options options = options(List.of(arguments));
    List<Row> rows = new ArrayList<>();
    Set<String> unknown = new HashSet<>(options.names);
    for (Row row : Rows.all()) {
      if (options.names.isEmpty() || options.names.stream().anyMatch(row.name()::startsWith)) {
        rows.add(row);
        unknown.removeIf(row.name()::startsWith);
      }
    }
    if (!unknown.isEmpty()) {
      fail("There is no row " + unknown.iterator().next() + ": ./bench --list names them.");
    }
    if (options.list) {
      rows.forEach(row -> System.out.printf("%-20s %s%n", row.name(), row.work()));
      return;
    }
    try (Outputs outputs = new Outputs()) {
      measure(rows, options, outputs.open(options.json));
    } catch (OutputException e) {
      fail(e.getMessage());
    }
  }

  /** Writes the file after each row, so that a failure in a later row loses nothing. */
  private static void measure(List<Row> rows, Options options, AtomicFile json)
      throws OutputException {
    List<Row.Result> results = new ArrayList<>();
    OutputException failure = null;
    Report.head();
    for (List<Row> together : together(rows)) {
      for (Row.Result result : measure(together, options)) {
        Report.print(result);
        results.add(result);
      }
      if (json != null && failure == null) {
        failure = write(json, results, options);
      }
    }
    if (failure != null) {
      failure = write(json, results, options);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static OutputException write(AtomicFile json, List<Row.Result> results, Options options) {
    try {
      Json.write(json, results, options.quick, options.rounds);
      return null;
    } catch (OutputException e) {
      return e;
    }
  }

  /**
   * Groups rows that share a peer's figure, which are measured together; the groups are measured
   * one after the other.
   */
  private static List<List<Row>> together(List<Row> rows) {
    List<List<Row>> groups = new ArrayList<>();
    for (Row row : rows) {
      List<Row> last = groups.isEmpty() ? null : groups.getLast();
      if (last != null && last.getFirst().peers().stream().anyMatch(row.peers()::contains)) {
        last.add(row);
      } else {
        groups.add(new ArrayList<>(List.of(row)));
      }
    }
    return groups;
  }

  /** Measures everything once per round, in a new random order each time. */
  private static List<Row.Result> measure(List<Row> rows, Options options) {
    Set<Measure> distinct = new HashSet<>();
    for (Row row : rows) {
      distinct.add(row.ours());
      row.peers().forEach(peer -> distinct.add(peer.measure()));
    }
    List<Measure> order = new ArrayList<>(distinct);
    Map<Measure, double[]> values = new HashMap<>();
    Random random = new Random();
    for (int round = 0; round < options.rounds; round++) {
      Collections.shuffle(order, random);
      for (Measure measure : order) {
        values.computeIfAbsent(measure, m -> new double[options.rounds])[round] =
            measure.once(options.quick);
      }
    }
    return rows.stream()
        .map(
            row ->
                new Row.Result(
                    row,
                    Row.Figure.of(values.get(row.ours())),
                    row.peers().stream()
                        .map(peer -> Row.Figure.of(values.get(peer.measure())))
                        .toList()))
        .toList();
  }

  private static Options options(List<String> arguments) {
    boolean quick = arguments.contains("--quick");
    int rounds = quick ? ROUNDS_QUICK : ROUNDS;
    Path json = null;
    boolean list = false;
    Set<String> names = new HashSet<>();
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--quick" -> {}
        case "--list" -> list = true;
        case "--json" -> json = Path.of(value(arguments, ++i));
        case "--rounds" -> rounds = Integer.parseInt(value(arguments, ++i));
        case String name when name.startsWith("-") -> fail("There is no option " + name + ".");
        case String name -> names.add(name);
      }
    }
    return new Options(quick, rounds, list, json, names);
  }

  private static void suite(List<String> arguments) {
    try {
      Suite.run(arguments);
    } catch (IllegalArgumentException | IllegalStateException e) {
      fail(e.getMessage());
    }
  }

  private static void table(List<String> arguments) {
    boolean into = arguments.contains("--into");
    List<Path> files = arguments.stream().skip(into ? 3 : 1).map(Path::of).toList();
    if (files.isEmpty() || (into && arguments.indexOf("--into") != 1)) {
      fail("The usage is --table [--into DOCUMENT] JSON...");
    }
    try {
      if (into) {
        Table.into(Path.of(arguments.get(2)), files);
      } else {
        System.out.print(Table.of(files));
      }
    } catch (IOException e) {
      fail(e.getMessage());
    }
  }

  private static String value(List<String> arguments, int index) {
    if (index >= arguments.size()) {
      fail("The option " + arguments.get(index - 1) + " needs a value.");
    }
    return arguments.get(index);
  }

  private static void fail(String message) {
    System.err.println("bench: " + message);
    System.exit(2);
  }
}
