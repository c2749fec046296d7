package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/** What silently goes to another heap, or to nobody: each is seen to, and its twin does not. */
@Tag("slow")
class WrongHeapTest {
  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
  }

  @Test
  void trimAndMallinfoSpeakToGlibcWhileAnotherServes() throws Exception {
    Path program = shop.compile("trim", "trim_user.c");
    String served = shop.run(program).output();
    assertTrue(served.contains("sees the blocks") && served.contains("gave memory back"), served);
    assertEquals(List.of(), Workshop.ids(shop.hazards(program)));

    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    String ignored = shop.preloading(jemalloc, program).output();
    assertTrue(ignored.contains("sees nothing") && ignored.contains("nothing to give"), ignored);
    assertEquals(List.of("glibc-only-calls"), Workshop.ids(shop.hazards(program, jemalloc)));
  }

  @Test
  void weakHooksFireOnlyWhereTheirAllocatorServes() throws Exception {
    Path program = shop.compile("weak", "weak_hooks.c");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertTrue(shop.run(program).output().contains("plain free"));
    assertTrue(evidence(shop.hazards(program)).contains("works without"));
    assertTrue(shop.preloading(jemalloc, program).output().contains("sized free"));
    assertTrue(evidence(shop.hazards(program, jemalloc)).contains("will use"));
  }

  @Test
  void halfOfTheHooksIsWorseThanNone() throws Exception {
    Path program = shop.compile("guess", "weak_guess.c");
    Path tcmalloc = Workshop.installed("libtcmalloc_minimal.so.4");
    assertTrue(shop.preloading(tcmalloc, program).crashed());
    assertEquals(Severity.WARNING, shop.hazards(program, tcmalloc).getFirst().severity());
    assertTrue(evidence(shop.hazards(program, tcmalloc)).contains("nallocx is defined by"));
    for (String name : List.of("libjemalloc.so.2", "libmimalloc.so.2")) {
      Path library = Workshop.installed(name);
      assertTrue(shop.preloading(library, program).survived(), name);
      assertEquals(Severity.NOTE, shop.hazards(program, library).getFirst().severity(), name);
    }
  }

  private static String evidence(List<Hazard> hazards) {
    assertEquals(List.of("weak-hooks"), Workshop.ids(hazards));
    return hazards.getFirst().evidence().getFirst();
  }

  @Test
  void prefixedAllocatorIsASecondHeapUnlessItIsTheProcessesOwn() throws Exception {
    Path prefixed = shop.prefixedJemalloc("libjemalloc.so.2");
    Path program = shop.compile("two", "two_heaps.c", prefixed.toString());
    assertTrue(shop.run(program).output().contains("two heaps"));
    assertEquals(List.of("two-heaps"), Workshop.ids(shop.hazards(program)));

    Path derived = Allocators.ofThisMachine().find("jemalloc@bundled").library().orElseThrow();
    assertTrue(shop.preloading(derived, program).output().contains("one heap"));
    assertEquals(List.of("glibc-only-calls"), Workshop.ids(shop.hazards(program, derived)));
  }
}
