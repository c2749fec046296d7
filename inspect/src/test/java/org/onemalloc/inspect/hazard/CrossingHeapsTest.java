package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.loader.OpenFlag;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/** A block of one heap that reaches another's free: each crashes, and its twin does not. */
@Tag("slow")
class CrossingHeapsTest {
  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
  }

  /** Crash case 1 of 2014: the host wins, and the guest mixes mallocx with free. */
  @Test
  void extendedCallsOfAnotherProviderThanFreeEndTheProcess() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    shop.library("libclient.so", "extended_client.c", jemalloc.toString());
    Path host = shop.compile("host", "extended_host.c", "-lclient");
    Path repaired = shop.compile("repaired", "extended_host.c", jemalloc.toString(), "-lclient");

    assertTrue(shop.run(host).crashed());
    assertTrue(shop.run(repaired).survived());
    List<Hazard> hazards = shop.hazards(host);
    assertEquals(List.of("extended-calls-from-another-provider"), Workshop.ids(hazards));
    assertEquals(Severity.DANGER, hazards.getFirst().severity());
    assertEquals(List.of(), Workshop.ids(shop.hazards(repaired)));
  }

  /** Crash case 2 of 2014: malloc means different things in the host and the guest. */
  @Test
  void deepboundLibraryFreesWhatStrdupTookFromTheProcessHeap() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path plugin = shop.library("plugin.so", "strdup_plugin.c");
    Path host = shop.compile("host", "open_host.c");

    assertTrue(shop.preloading(jemalloc, host, plugin, "deep").crashed());
    assertTrue(shop.preloading(jemalloc, host, plugin).survived());
    assertEquals(List.of("deepbind"), opened(host, plugin, jemalloc, OpenFlag.DEEPBIND));
    assertEquals(List.of(), opened(host, plugin, jemalloc));
  }

  @Test
  void deepbindIsHarmlessWhereLibcServes() throws Exception {
    Path plugin = shop.library("plugin.so", "strdup_plugin.c");
    Path host = shop.compile("host", "open_host.c");
    assertTrue(shop.run(host, plugin, Path.of("deep")).survived());
    Namespace namespace = shop.start(host);
    namespace.dlopen(plugin, OpenFlag.DEEPBIND);
    assertEquals(List.of(), Workshop.ids(Workshop.judge(namespace)));
  }

  private List<String> opened(Path host, Path plugin, Path preload, OpenFlag... flags)
      throws Exception {
    Namespace namespace = shop.start(host, preload.toString());
    assertTrue(namespace.dlopen(plugin, flags).isPresent());
    return Workshop.ids(Workshop.judge(namespace));
  }

  @Test
  void freeLookedUpByLibcsHandleIsNotTheReplacements() throws Exception {
    Path byHandle = shop.compile("by-handle", "handle_lookup.c");
    Path byDefault = shop.compile("by-default", "default_lookup.c");
    for (String name :
        List.of("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4")) {
      Path library = Workshop.installed(name);
      assertTrue(shop.preloading(library, byHandle).crashed(), name);
      assertTrue(shop.preloading(library, byDefault).survived(), name);
      assertEquals(List.of("dlsym-by-handle"), Workshop.ids(shop.hazards(byHandle, library)));
      assertEquals(List.of(), Workshop.ids(shop.hazards(byDefault, library)));
    }
    assertTrue(shop.run(byHandle).survived());
    assertEquals(Severity.NOTE, shop.hazards(byHandle).getFirst().severity());
  }

  @Test
  void symbolicLibraryKeepsItsOwnMalloc() throws Exception {
    for (String flag : List.of("-Wl,-Bsymbolic", "-Wl,-Bsymbolic-functions")) {
      shop.library("libclient.so", "give_client.c", "own_malloc.c", flag);
      Path host = shop.compile("host", "give_host.c", "-lc", "-lclient");
      assertTrue(shop.run(host).crashed(), flag);
      assertEquals(List.of("symbolic"), Workshop.ids(new Workshop(folder).hazards(host)), flag);
    }
  }

  @Test
  void libraryWithTheSameMallocThatIsNotSymbolicTakesItsHosts() throws Exception {
    shop.library("libclient.so", "give_client.c", "own_malloc.c");
    Path host = shop.compile("host", "give_host.c", "-lc", "-lclient");
    assertTrue(shop.run(host).survived());
    assertEquals(List.of(), Workshop.ids(shop.hazards(host)));
  }

  @Test
  void hiddenCopyOfAnAllocatorHandsOutBlocksThatItsHostCannotFree() throws Exception {
    Path archive = Workshop.installed("libjemalloc_pic.a");
    String[] copy = {
      "give_client.c", archive.toString(), "-Wl,--exclude-libs,ALL", "-lm", "-lstdc++", "-lpthread"
    };
    shop.library("libclient.so", copy);
    Path host = shop.compile("host", "give_host.c", "-lc", "-lclient");
    assertTrue(shop.run(host).crashed());
    List<Hazard> hazards = shop.hazards(host);
    assertEquals("private-copy", hazards.getFirst().id());

    shop.library("libclient.so", "give_client.c");
    assertTrue(shop.run(host).survived());
    assertEquals(List.of(), Workshop.ids(new Workshop(folder).hazards(host)));
  }
}
