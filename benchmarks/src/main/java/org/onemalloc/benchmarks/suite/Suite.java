package org.onemalloc.benchmarks.suite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.onemalloc.benchmarks.suite.Side.Measured;
import org.onemalloc.benchmarks.suite.Side.Plan;
import org.onemalloc.benchmarks.suite.Side.Provider;
import org.onemalloc.benchmarks.suite.SuiteTable.Pair;

/** The command {@code ./bench suite [--quick] [--rounds N] [--threads N] [--list] [WORKLOAD…]}. */
public final class Suite {
  private static final Plan FULL = new Plan(3000, 200, 30, 100);
  private static final Plan QUICK = new Plan(1500, 100, 15, 100);
  private static final int ROUNDS = 3;
  private static final List<Integer> LANES = List.of(1, 2);

  private final Plan plan;
  private final int rounds;
  private final List<Integer> threads;
  private final Random random = new Random();

  /** The memory of a process that does nothing, in MB. */
  private final Map<Integer, Map<Side, Double>> floors = new LinkedHashMap<>();

  private Suite(Plan plan, int rounds, List<Integer> threads) {
    this.plan = plan;
    this.rounds = rounds;
    this.threads = threads;
  }

  /**
   * Measures and prints.
   *
   * @param arguments the options, and the beginnings of the names of workloads; all without any
   * @throws IllegalArgumentException if an argument is neither
   * @throws IllegalStateException if a process failed, was not served by its allocator, or Java and
   *     C did not do the same
   */
  public static void run(List<String> arguments) {
    boolean quick = arguments.contains("--quick");
    int rounds = quick ? 1 : ROUNDS;
    List<Integer> threads = LANES;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--quick", "--list" -> {}
        case "--rounds" -> rounds = number(arguments, ++i);
        case "--threads" -> threads = List.of(number(arguments, ++i));
        case String name when name.startsWith("-") ->
            throw new IllegalArgumentException("There is no option " + name + " of suite.");
        case String name -> names.add(name);
      }
    }
    List<Workload> workloads = named(names);
    if (arguments.contains("--list")) {
      workloads.forEach(w -> System.out.printf("%-14s %s%n", w.name(), w.work()));
      return;
    }
    new Suite(quick ? QUICK : FULL, rounds, threads).measure(workloads);
  }

  private static int number(List<String> arguments, int index) {
    if (index == arguments.size() || !arguments.get(index).matches("[1-9]|[1-5][0-9]")) {
      throw new IllegalArgumentException(
          "The option " + arguments.get(index - 1) + " needs a number of 1 to 59.");
    }
    return Integer.parseInt(arguments.get(index));
  }

  private static List<Workload> named(List<String> names) {
    for (String name : names) {
      if (Workload.all().stream().noneMatch(w -> w.name().startsWith(name))) {
        throw new IllegalArgumentException(
            "There is no workload " + name + ": ./bench suite --list names them.");
      }
    }
    return Workload.all().stream()
        .filter(w -> names.isEmpty() || names.stream().anyMatch(w.name()::startsWith))
        .toList();
  }

  private void measure(List<Workload> workloads) {
    SuiteTable table = new SuiteTable(Side.ALLOCATORS.stream().map(Provider::name).toList());
    System.out.print(table.head());
    for (int lanes : threads) {
      Map<Side, Double> floor = new LinkedHashMap<>();
      rounds(Workload.NONE, lanes)
          .forEach((side, all) -> floor.put(side, median(all, Measured::megabytes)));
      floors.put(lanes, floor);
      System.out.print(SuiteTable.floor(lanes, pairs(floor::get)));
    }
    for (Workload workload : workloads) {
      for (int lanes : threads) {
        System.out.print(table.add(row(workload, lanes, rounds(workload, lanes))));
        System.out.flush();
      }
    }
    System.out.print(table.summary());
  }

  /** Measures every side once per round, in a new random order each time. */
  private Map<Side, List<Measured>> rounds(Workload workload, int lanes) {
    List<Side> order = new ArrayList<>();
    Map<Side, List<Measured>> all = new LinkedHashMap<>();
    for (Provider allocator : Side.ALLOCATORS) {
      for (boolean ours : new boolean[] {true, false}) {
        order.add(new Side(allocator, ours));
      }
    }
    order.forEach(side -> all.put(side, new ArrayList<>()));
    Long checksum = null;
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (Side side : order) {
        Measured measured = side.measure(workload, lanes, plan);
        if (checksum != null && checksum != measured.checksum()) {
          throw new IllegalStateException(
              side + " did not do what the others did in " + workload.name() + ".");
        }
        checksum = measured.checksum();
        all.get(side).add(measured);
      }
    }
    return all;
  }

  private SuiteTable.Row row(Workload workload, int lanes, Map<Side, List<Measured>> all) {
    return new SuiteTable.Row(
        workload.name(),
        lanes,
        pairs(side -> median(all.get(side), Measured::millis)),
        pairs(side -> net(side, lanes, all)));
  }

  private static List<Pair> pairs(ToDoubleFunction<Side> figure) {
    return Side.ALLOCATORS.stream()
        .map(
            allocator ->
                new Pair(
                    figure.applyAsDouble(new Side(allocator, true)),
                    figure.applyAsDouble(new Side(allocator, false))))
        .toList();
  }

  private double net(Side side, int lanes, Map<Side, List<Measured>> all) {
    double peak = median(all.get(side), Measured::megabytes);
    return Math.max(0, peak - floors.get(lanes).get(side));
  }

  private static double median(List<Measured> all, ToDoubleFunction<Measured> figure) {
    double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }
}
