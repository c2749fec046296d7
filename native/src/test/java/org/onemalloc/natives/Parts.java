package org.onemalloc.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The parts of the tested artifacts, and assertions on their output. */
final class Parts {
  private Parts() {}

  /** Makes part.o, news.o and owner.o. */
  static List<String> cAndCpp(Workshop shop) throws Exception {
    return List.of(
        shop.compile("part", "part.c"),
        shop.compile("news", "part.cpp"),
        shop.compile("owner", "owner.c", "-w"));
  }

  static String[] with(List<String> words, String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Asserts that every block came from one allocator, and the number of kinds of block. */
  static void assertAllFrom(String allocator, int kinds, String output) {
    List<String> reports = output.lines().filter(line -> line.contains(" from ")).toList();
    Set<String> owners = new TreeSet<>();
    reports.forEach(line -> owners.add(line.substring(line.lastIndexOf(' ') + 1)));
    assertEquals(Set.of(allocator), owners, output);
    assertEquals(kinds, reports.size(), output);
  }

  static void assertBinding(String binding, String output) {
    assertTrue(output.contains("binding " + binding), output);
  }
}
