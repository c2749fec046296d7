package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RenderingTest {
  private static final Allocator EXAMPLE =
      new Allocator(
          "jemalloc",
          "installed",
          false,
          Kind.JEMALLOC,
          "5.3.0",
          Origin.INSTALLED,
          Optional.of(Path.of("/usr/lib/libjemalloc.so.2")),
          Set.of(Feature.STATISTICS, Feature.SIZED_FREE),
          Set.of("pvalloc", "free_sized"),
          65536,
          "MALLOC_CONF",
          "",
          Fitness.FIT,
          Fitness.unfit(
              "it has 2632 bytes of initial-exec TLS: only 512 are always free"
                  + " (rtld.optional_static_tls)"),
          Fitness.FIT);

  @Test
  void showsAtAGlanceWhatCanBeDoneAndBelowWhyNot() {
    assertEquals(
        """
        NAME                 VERSION       PRELOAD  DLOPEN  LINK  OFFERS
        jemalloc@installed   5.3.0         yes      no      yes   stats, sized free
            installed  /usr/lib/libjemalloc.so.2
            lacks      free_sized pvalloc
            pages      up to 64 KiB
            no dlopen  it has 2632 bytes of initial-exec TLS: only 512 are always free
                       (rtld.optional_static_tls)
        """,
        AllocatorTable.render(List.of(EXAMPLE)));
  }

  @Test
  void staysWithinAHundredColumns() {
    List<Allocator> all = Allocators.ofThisMachine().all();
    for (String line : AllocatorTable.render(all).lines().toList()) {
      assertTrue(line.length() <= 100 || line.contains("/"), line);
    }
  }

  @Test
  void isJsonWithStableNames() {
    String expected =
        """
        {
          "allocators": [
            {
              "name": "jemalloc",
              "qualifiedName": "jemalloc@installed",
              "qualifier": "installed",
              "usual": false,
              "kind": "jemalloc",
              "version": "5.3.0",
              "origin": "installed",
              "library": "/usr/lib/libjemalloc.so.2",
              "features": ["stats", "sized-free"],
              "missing": ["free_sized", "pvalloc"],
              "pageSize": 65536,
              "configuration": "MALLOC_CONF",
              "defect": "",
              "preload": {"fit": true, "reason": ""},
              "dlopen": {"fit": false, "reason": "REASON"},
              "link": {"fit": true, "reason": ""}
            }
          ]
        }
        """;
    assertEquals(
        expected.replace("REASON", EXAMPLE.dlopen().reason()),
        AllocatorJson.render(List.of(EXAMPLE)));
  }
}
