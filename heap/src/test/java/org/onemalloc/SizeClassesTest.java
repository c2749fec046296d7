package org.onemalloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
  @Test
  void partitionsAllSizes() {
    for (long bias : new long[] {0, -8}) {
      for (int stepBits = 2; stepBits <= 6; stepBits++) {
        SizeClasses classes = new SizeClasses(bias, stepBits, 1, 65_536 + bias, false);
        for (long size = 1; size <= classes.max(); size++) {
          int c = classes.of(size);
          assertTrue(size <= classes.size(c), size + " in " + c);
          assertTrue(c == 0 || size > classes.size(c - 1), size + " not in " + (c - 1));
        }
      }
    }
  }

  @Test
  void areThoseOfTheAllocator() {
    for (Bound bound :
        new Bound[] {TestHeaps.process(), TestHeaps.own("jemalloc"), TestHeaps.own("mimalloc")}) {
      SizeClasses classes = bound.classes();
      for (int c = 1; c < classes.count(); c++) {
        assertEquals(classes.size(c), bound.backend().goodSize(classes.size(c)));
        assertEquals(classes.size(c), bound.backend().goodSize(classes.size(c - 1) + 1));
      }
    }
  }

  @Test
  void serveAlignmentsThatTheBlocksHave() {
    SizeClasses classes = new SizeClasses(0, 2, 9, 65_536, true);
    assertEquals(128, classes.size(classes.of(100, 64)));
    assertEquals(192, classes.size(classes.of(129, 64)));
    assertEquals(4096, classes.size(classes.of(1, 4096) < 0 ? classes.of(4096, 4096) : 0));
    assertEquals(-1, classes.of(100, 8192));
    assertEquals(-1, classes.of(20_000, 64));
    assertEquals(-1, classes.of(0, 8));
    assertEquals(-1, classes.of(100, 24));
    assertEquals(-1, new SizeClasses(0, 2, 9, 65_536, false).of(100, 64));
  }

  @Test
  void areNoneWhereTheAllocatorDoesNotSay() {
    assertEquals(SizeClasses.NONE, SizeClasses.of(TestHeaps.polyfill(), 0, false));
    assertEquals(0, SizeClasses.NONE.count());
  }
}
