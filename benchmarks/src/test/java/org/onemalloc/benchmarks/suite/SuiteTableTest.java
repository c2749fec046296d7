package org.onemalloc.benchmarks.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onemalloc.benchmarks.suite.SuiteTable.Pair;
import org.onemalloc.benchmarks.suite.SuiteTable.Row;

class SuiteTableTest {
  private static Row row(String name, int lanes, Pair millis, Pair megabytes) {
    return new Row(name, lanes, List.of(millis), List.of(megabytes));
  }

  @Test
  void showsEachRowAndTheGeometricMeans() {
    SuiteTable table = new SuiteTable(List.of("glibc"));
    String text =
        table.head()
            + SuiteTable.floor(1, List.of(new Pair(99, 1.5)))
            + table.add(row("first", 1, new Pair(10, 40), new Pair(1, 2)))
            + table.add(row("second", 1, new Pair(40, 40), new Pair(16, 1)))
            + table.add(row("first", 2, new Pair(30, 20), new Pair(20, 10)))
            + table.summary();
    assertEquals(
        """
                                                    glibc
        workload       threads         ours       C ratio
        (none)               1 MB      99.0     1.5
        first                1 ms      10.0    40.0  0.25
                               MB       1.0     2.0     ~
        second               1 ms      40.0    40.0  1.00
                               MB      16.0     1.0  4.00
        first                2 ms      30.0    20.0  1.50
                               MB      20.0    10.0  2.00
        geometric mean       1 ms                    0.50
        more than C          1 ms                  0 of 2
        geometric mean       1 MB                    4.00
        more than C          1 MB                  1 of 1
        geometric mean       2 ms                    1.50
        more than C          2 ms                  1 of 1
        geometric mean       2 MB                    2.00
        more than C          2 MB                  1 of 1
        """,
        text.replaceAll(" +\n", "\n"));
  }

  @Test
  void hasNoMeanOfMemoryThatIsTooLittle() {
    SuiteTable table = new SuiteTable(List.of("glibc"));
    table.add(row("first", 1, new Pair(10, 40), new Pair(3, 0)));
    List<String> lines = table.summary().lines().toList();
    assertTrue(lines.get(2).matches("geometric mean +1 MB +~"), lines.get(2));
    assertTrue(lines.get(3).endsWith(" 0 of 0"), lines.get(3));
  }
}
