package org.onemalloc.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f", "g");

  @Test
  void looksAfterFewRounds() {
    assertEquals(List.of(1), Schedule.looks(1, true));
    assertEquals(List.of(2), Schedule.looks(2, true));
    assertEquals(List.of(2, 3), Schedule.looks(3, true));
    assertEquals(List.of(2, 4), Schedule.looks(4, true));
    assertEquals(List.of(2, 3, 5), Schedule.looks(5, true));
    assertEquals(List.of(2, 3, 5, 8, 13, 20), Schedule.looks(20, true));
    assertEquals(List.of(20), Schedule.looks(20, false));
  }

  @Test
  void drawsEachRoundsOrderFromTheSeed() {
    Schedule one = new Schedule(7, 3, 42, null);
    Schedule same = new Schedule(7, 3, 42, null);
    Schedule other = new Schedule(7, 3, 43, null);
    List<String> first = one.shuffled(NAMES);
    assertEquals(Set.copyOf(NAMES), Set.copyOf(first));
    assertEquals(first, same.shuffled(NAMES));
    assertNotEquals(first, other.shuffled(NAMES));
    assertNotEquals(first, one.shuffled(NAMES));
  }
}
