package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.JemallocPages;
import org.onemalloc.inspect.hazard.Workshop.End;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.InitialExecTls;

/** Allocators that cannot stand where they are put: each fails, and its twin does not. */
@Tag("slow")
class UnfitReplacementTest {
  private static final int LIBRARIES = 60;

  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
  }

  @Test
  void functionThatTheReplacementLacksIsLibcs() throws Exception {
    Path program = shop.compile("hole", "hole.c");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertTrue(shop.preloading(jemalloc, program).crashed());
    assertEquals(List.of("family-with-holes"), Workshop.ids(shop.hazards(program, jemalloc)));
    for (String name : List.of("libmimalloc.so.2", "libtcmalloc_minimal.so.4")) {
      Path library = Workshop.installed(name);
      assertTrue(shop.preloading(library, program).survived(), name);
      assertEquals(List.of(), Workshop.ids(shop.hazards(program, library)), name);
    }
  }

  @Test
  void allocatorWithOperatorsOfItsOwnSharesThemWithAProgramThatReplacesTwo() throws Exception {
    Path program = operators("two");
    Path whole = operators("all", "-DALL");
    assertTrue(shop.run(program).survived());
    for (String name :
        List.of("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2")) {
      Path library = Workshop.installed(name);
      assertFalse(shop.preloading(library, program).survived(), name);
      List<Hazard> hazards = shop.hazards(program, library);
      assertEquals(List.of("mixed-operators"), Workshop.ids(hazards), name);
      assertTrue(shop.preloading(library, whole).survived(), name);
      assertEquals(List.of(), Workshop.ids(shop.hazards(whole, library)), name);
    }
    for (String name : List.of("mimalloc", "jemalloc@bundled")) {
      Path library = Allocators.ofThisMachine().choose(name).allocator().library().get();
      assertTrue(shop.preloading(library, program).survived(), name);
      assertEquals(List.of(), Workshop.ids(shop.hazards(program, library)), name);
    }
  }

  private Path operators(String output, String... flags) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-O1", "-std=c++17", "operators.cc"));
    arguments.addAll(List.of(flags));
    arguments.add("-lstdc++");
    return shop.compile(output, arguments.toArray(String[]::new));
  }

  @Test
  void formsOfOperatorsStandOnOthers() {
    assertEquals(List.of(), MixedOperators.bases("_Znwm"));
    assertEquals(List.of("_ZdlPv"), MixedOperators.bases("_ZdlPvm"));
    assertEquals(List.of("_ZdaPv", "_ZdlPv"), MixedOperators.bases("_ZdaPvm"));
    assertEquals(List.of("_Znam", "_Znwm"), MixedOperators.bases("_ZnamRKSt9nothrow_t"));
    assertEquals(
        List.of("_ZdaPvSt11align_val_t", "_ZdlPvSt11align_val_t"),
        MixedOperators.bases("_ZdaPvmSt11align_val_t"));
    assertEquals(List.of(), MixedOperators.bases("malloc"));
  }

  @Test
  void whatTheAllocatorReservesIsLockedToo() throws Exception {
    Path program = shop.compile("locked", "locked.c");
    Path mimalloc = Allocators.ofThisMachine().choose("mimalloc").allocator().library().get();
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    End locked = shop.preloading(jemalloc, program);
    assumeTrue(locked.exitCode() != 2, "why: this user may not lock memory");
    assertTrue(locked.survived());
    assertEquals(List.of(), Workshop.ids(shop.hazards(program, jemalloc)));
    assertFalse(shop.preloading(mimalloc, program).survived());
    assertEquals(List.of("locked-memory"), Workshop.ids(shop.hazards(program, mimalloc)));
  }

  @Test
  void aFilterForbidsWhatAnAllocatorCalls() throws Exception {
    Path program = shop.compile("filtered", "-O1", "filtered.c");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertEquals(0, shop.run(Map.of(), List.of(program.toString())).exitCode());
    assertEquals(31, shop.preloading(jemalloc, program).signal(), "SIGSYS");
    assertEquals(List.of("system-call-filter"), Workshop.ids(shop.hazards(program, jemalloc)));
    assertEquals(List.of(), Workshop.ids(shop.hazards(program)));
    Path other = shop.compile("locked", "locked.c");
    assertEquals(List.of(), Workshop.ids(shop.hazards(other, jemalloc)));
  }

  @Test
  void aMallocThatPassesItsCallsOnNeedsNoWholeFamily() throws Exception {
    Path program = shop.compile("hole", "hole.c");
    Path passing = shop.library("libpassing.so", "passing_malloc.c");
    assertTrue(shop.preloading(passing, program).survived());
    assertEquals(List.of(), Workshop.ids(shop.hazards(program, passing)));
  }

  @Test
  void allocatorWithDynamicTlsRecursesOnceManyLibrariesHaveTls() throws Exception {
    Path forward = forwarding(false);
    List<Object> command = new ArrayList<>();
    command.add(shop.compile("host", "tls_host.c"));
    Path plugin = shop.library("tls.so", "tls_library.c");
    for (int i = 0; i < LIBRARIES; i++) {
      command.add(Files.copy(plugin, folder.resolve("tls" + i + ".so")));
    }
    Path host = (Path) command.getFirst();
    assertTrue(shop.preloading(forward, command.toArray()).crashed());
    assertEquals(List.of("general-dynamic-tls"), Workshop.ids(shop.hazards(host, forward)));

    Path repaired = forwarding(true);
    assertTrue(shop.preloading(repaired, command.toArray()).survived());
    assertEquals(List.of(), Workshop.ids(new Workshop(folder).hazards(host, repaired)));
  }

  /** The names of C in front of LWJGL's jemalloc, converted to initial-exec TLS or as it is. */
  private Path forwarding(boolean converted) throws Exception {
    Path jemalloc = shop.prefixedJemalloc("libjemalloc.so.2");
    if (converted) {
      byte[] better = InitialExecTls.convert(ElfFile.read(jemalloc));
      Files.delete(jemalloc);
      Files.write(jemalloc, better);
    }
    return shop.library("libforward.so", "forwarding_malloc.c", jemalloc.toString());
  }

  @Test
  void libraryWithMuchStaticTlsCannotBeOpenedLater() throws Exception {
    Path host = shop.compile("host", "open_host.c");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertEquals(3, shop.run(host, jemalloc).exitCode());
    assertTrue(shop.run(host, jemalloc).output().contains("static TLS block"));
    List<Hazard> hazards = opened(host, jemalloc, Map.of());
    assertEquals(List.of("initial-exec-dlopened"), ids(hazards, Severity.WARNING));
    assertEquals(Severity.DANGER, hazards.getFirst().severity());

    Map<String, String> room = Map.of("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384");
    End end = shop.run(room, List.of(host.toString(), jemalloc.toString()));
    assertFalse(end.output().contains("static TLS block"));
    assertEquals(List.of(), ids(opened(host, jemalloc, room), Severity.WARNING));
    for (String name : List.of("libmimalloc.so.2", "libtcmalloc_minimal.so.4")) {
      Path library = Workshop.installed(name);
      assertFalse(shop.run(host, library).output().contains("static TLS block"), name);
      assertFalse(
          Workshop.ids(opened(host, library, Map.of())).contains("initial-exec-dlopened"), name);
    }
  }

  private List<Hazard> opened(Path host, Path library, Map<String, String> environment)
      throws Exception {
    Namespace namespace = shop.start(host);
    assertTrue(namespace.dlopen(library).isPresent());
    return Hazards.of(
        new Subject(
            Parts.of(namespace), false, List.of(), environment, OptionalLong.empty(), List.of()));
  }

  private static List<String> ids(List<Hazard> hazards, Severity least) {
    return Workshop.ids(hazards.stream().filter(h -> h.severity().compareTo(least) >= 0).toList());
  }

  @Test
  void preloadedFileWithTheSonameOfAnotherTakesItsPlace() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path program = shop.compile("which", "which_heap.c", jemalloc.toString());
    Path impostor = shop.prefixedJemalloc("other.so");
    assertTrue(shop.run(program).output().contains("the allocator's heap"));
    assertFalse(Workshop.ids(shop.hazards(program)).contains("soname-twice"));
    assertTrue(shop.preloading(impostor, program).output().contains("glibc's heap"));
    assertEquals(List.of("soname-twice"), Workshop.ids(shop.hazards(program, impostor)));
  }

  /** No kernel with 64 KiB pages is at hand: sysconf's answer is stood in for. */
  @Test
  void jemallocForSmallPagesServesNothingOnAKernelWithLargeOnes() throws Exception {
    Path program = shop.compile("plain", "plain.c");
    Path kernel = shop.library("kernel.so", "page_size.c");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertTrue(shop.preloading(jemalloc, program).survived());
    End end = shop.preloading(kernel + ":" + jemalloc, program);
    assertFalse(end.survived());
    assertTrue(end.output().contains("Unsupported system page size"));
    assertTrue(
        shop.preloading(kernel + ":" + Workshop.installed("libmimalloc.so.2"), program).survived());

    assertEquals(List.of("page-size"), onPages(program, jemalloc, 65536));
    assertEquals(List.of(), onPages(program, jemalloc, 4096));
    assertEquals(List.of(), onPages(program, Workshop.installed("libmimalloc.so.2"), 65536));
  }

  private List<String> onPages(Path program, Path preload, long pageSize) throws Exception {
    Namespace namespace = shop.start(program, preload.toString());
    return Workshop.ids(
        Hazards.of(
            new Subject(
                Parts.of(namespace),
                false,
                List.of(),
                Map.of(),
                OptionalLong.of(pageSize),
                List.of())));
  }

  @Test
  void pageSizeIsReadFromRealBuildsOfBothSizes() throws Exception {
    assertEquals(OptionalLong.of(4096), pagesOf("linux/x64"));
    assertEquals(OptionalLong.of(65536), pagesOf("linux/arm64"));
  }

  private static OptionalLong pagesOf(String platform) throws Exception {
    String name = platform + "/org/lwjgl/jemalloc/libjemalloc.so";
    return JemallocPages.largest(ElfFile.of(Workshop.resource(name), name));
  }
}
