package org.onemalloc.internal.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.onemalloc.internal.cache.TestHeaps;

class SizeClassesTest {
  @Test
  void partitionsAllSizes() {
    partitionsAllSizes(SizeClasses.GLIBC);
    for (int stepBits = 2; stepBits <= 6; stepBits++) {
      partitionsAllSizes(SizeClasses.natural(stepBits, 1, 65_536, false));
      for (long fine = 64L << stepBits; fine <= 4096; fine <<= 1) {
        partitionsAllSizes(new SizeClasses(-8, fine, stepBits, 1, fine - 8, 65_544, false));
      }
    }
  }

  private static void partitionsAllSizes(SizeClasses classes) {
    for (long size = 1; size <= classes.max(); size++) {
      int c = classes.classOf(size);
      assertTrue(size <= classes.size(c), size + " in " + c);
      assertTrue(c == 0 || size > classes.size(c - 1), size + " not in " + (c - 1));
      if (size <= classes.exact() && classes.count() <= SizeClasses.COUNT_MAX) {
        assertEquals(8 + 8L * c, classes.wordOf(size), "word of " + size);
      }
    }
  }

  @Test
  void haveASlotForEach() {
    assertTrue(SizeClasses.GLIBC.count() <= SizeClasses.COUNT_MAX);
  }

  @Test
  void doNotTakeABlockOfCForMoreThanItIs() {
    Bound bound = TestHeaps.process();
    assumeTrue(bound.classes().equals(SizeClasses.GLIBC), "the process heap is not glibc's");
    for (long size = 1; size <= SizeClasses.GLIBC.max(); size += 7) {
      long block = bound.backend().allocate(size, 8);
      long usable = bound.backend().actualSize(block);
      assertEquals(usable, GlibcChunk.usable(block));
      boolean whole = usable >= SizeClasses.GLIBC.size(SizeClasses.GLIBC.classOf(size));
      assertEquals(whole, SizeClasses.GLIBC.fits(block, size), "block of " + size);
      bound.backend().deallocate(block, size, 8);
    }
  }

  @Test
  void areThoseOfTheAllocator() {
    for (Bound bound :
        new Bound[] {TestHeaps.process(), TestHeaps.own("jemalloc"), TestHeaps.own("mimalloc")}) {
      SizeClasses classes = bound.classes();
      for (int c = 1; c < classes.count(); c++) {
        assertEquals(classes.size(c), bound.backend().goodSize(classes.size(c)));
        if (classes.size(c) <= classes.exact()) {
          assertEquals(classes.size(c), bound.backend().goodSize(classes.size(c - 1) + 1));
        }
      }
    }
  }

  @Test
  void serveAlignmentsThatTheBlocksHave() {
    SizeClasses classes = SizeClasses.natural(2, 9, 65_536, true);
    assertEquals(128, classes.size(classes.cacheClassOf(100, 64)));
    assertEquals(192, classes.size(classes.cacheClassOf(129, 64)));
    assertEquals(
        4096,
        classes.size(classes.cacheClassOf(1, 4096) < 0 ? classes.cacheClassOf(4096, 4096) : 0));
    assertEquals(-1, classes.cacheClassOf(100, 8192));
    assertEquals(-1, classes.cacheClassOf(20_000, 64));
    assertEquals(-1, classes.cacheClassOf(0, 8));
    assertEquals(-1, classes.cacheClassOf(100, 24));
    assertEquals(-1, SizeClasses.natural(2, 9, 65_536, false).cacheClassOf(100, 64));
  }

  @Test
  void areNoneWhereTheAllocatorDoesNotSay() {
    assertEquals(SizeClasses.NONE, SizeClasses.of(TestHeaps.polyfill(), false));
    assertEquals(0, SizeClasses.NONE.count());
  }
}
