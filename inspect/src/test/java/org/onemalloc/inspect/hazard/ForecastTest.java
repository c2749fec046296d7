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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.inspect.Forecast;

/** What is refused crashes, what is warned of loses, and what is neither does well. */
class ForecastTest {
  private static final List<String> REPLACEMENTS =
      List.of("libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4");

  @TempDir Path folder;
  private Workshop shop;

  @BeforeEach
  void open() {
    shop = new Workshop(folder);
  }

  private static Forecast on(Path allocator, Path program) {
    return Forecast.of(program, Map.of("LD_PRELOAD", allocator.toString()));
  }

  private static void assertSilent(Forecast forecast) {
    assertEquals(new Forecast(List.of(), List.of()), forecast);
  }

  /** Crash case 1 of 2014, brought about by the choice. */
  @Test
  void aLibraryThatMixesTheCallsOfItsAllocatorWithFreeIsRefused() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    shop.library("libclient.so", "extended_client.c", jemalloc.toString());
    Path host = shop.compile("host", "extended_host.c", jemalloc.toString(), "-lclient");
    assertTrue(shop.run(host).survived());
    assertTrue(shop.crashesPreloading(mimalloc, host));
    Forecast forecast = on(mimalloc, host);
    assertEquals(1, forecast.refusals().size(), forecast.toString());
    assertTrue(forecast.refusals().getFirst().contains("libclient.so: mallocx is bound to"));
    assertTrue(shop.preloading(jemalloc, host).survived());
    assertSilent(on(jemalloc, host));
  }

  @Test
  void aProgramThatMixesMimallocsOwnNamesWithFreeIsRefused() throws Exception {
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path derived = Allocators.ofThisMachine().find("mimalloc@bundled").library().orElseThrow();
    Path program = shop.compile("mixes", "mixes_mimalloc.c", mimalloc.toString());
    assertTrue(shop.run(program).survived());
    assertSilent(on(mimalloc, program));
    for (Path other : List.of(jemalloc, derived)) {
      assertTrue(shop.crashesPreloading(other, program), other.toString());
      Forecast forecast = on(other, program);
      assertEquals(1, forecast.refusals().size(), forecast.toString());
      assertTrue(forecast.refusals().getFirst().contains("mi_malloc, mi_free are bound to"));
      assertEquals(List.of(), forecast.warnings());
    }
  }

  @Test
  void operatorsThatAProgramDefinesByMimallocsNamesAreNotRefused() throws Exception {
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path program =
        shop.compile("operators", "operators_mimalloc.cc", mimalloc.toString(), "-lstdc++");
    assertTrue(shop.preloading(jemalloc, program).survived());
    Forecast forecast = on(jemalloc, program);
    assertEquals(List.of(), forecast.refusals());
    assertEquals(1, forecast.warnings().size(), forecast.toString());
  }

  @Test
  void glibcsSecondNamesAreRefusedWhereTheReplacementLacksThem() throws Exception {
    Path mixed = shop.compile("mixed", "second_names.c");
    Path paired = shop.compile("paired", "second_names.c", "-DPAIRED");
    for (String name : REPLACEMENTS) {
      Path library = Workshop.installed(name);
      boolean crashed = shop.crashesPreloading(library, mixed);
      assertEquals(crashed, !on(library, mixed).refusals().isEmpty(), name);
      assertTrue(shop.preloading(library, paired).survived(), name);
      assertEquals(List.of(), on(library, paired).refusals(), name);
    }
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertEquals(1, on(jemalloc, mixed).refusals().size());
    assertEquals(1, on(jemalloc, paired).warnings().size());
  }

  @Test
  void statisticsOfAnAllocatorThatHasNoneOfTheBlocksAreWarnedOf() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    Path program = shop.compile("asks", "asks_jemalloc.c", jemalloc.toString());
    assertTrue(shop.preloading(jemalloc, program).output().contains("its own heap"));
    assertSilent(on(jemalloc, program));
    assertTrue(shop.preloading(mimalloc, program).output().contains("another heap"));
    Forecast forecast = on(mimalloc, program);
    assertEquals(List.of(), forecast.refusals());
    assertTrue(forecast.warnings().getFirst().contains("calls mallctl of"), forecast.toString());
    assertEquals(List.of("control-of-another-heap"), Workshop.ids(shop.hazards(program, mimalloc)));
  }

  @Test
  void anAllocatorOfTheProgramsOwnIsWarnedOf() throws Exception {
    Path program = privateProgram();
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    assertTrue(shop.preloading(mimalloc, program).survived());
    Forecast forecast = on(mimalloc, program);
    assertEquals(List.of(), forecast.refusals());
    assertEquals(1, forecast.warnings().size(), forecast.toString());
    assertTrue(forecast.warnings().getFirst().contains("carries a jemalloc of its own"));
  }

  /** As Rust's programs with a global allocator have one: its names are nobody else's. */
  private Path privateProgram() throws Exception {
    Path archive = Workshop.installed("libjemalloc_pic.a");
    Path object = shop.path("own.o");
    run("ld", "-r", "-o", object.toString(), "--whole-archive", archive.toString());
    List<String> hide = new ArrayList<>(List.of("objcopy"));
    for (String name : List.of("malloc", "free")) {
      hide.addAll(List.of("--redefine-sym", name + "=own_" + name, "-G", "own_" + name));
    }
    hide.add(object.toString());
    run(hide.toArray(String[]::new));
    return shop.compile(
        "private", "private_program.c", object.toString(), "-lm", "-lstdc++", "-lpthread");
  }

  private void run(String... command) throws Exception {
    assertEquals(0, shop.run(Map.of(), List.of(command)).exitCode(), String.join(" ", command));
  }

  @Test
  void whatTunesGlibcAloneIsWarnedOf() throws Exception {
    Path program = shop.compile("plain", "plain.c");
    Path mimalloc = Workshop.installed("libmimalloc.so.2");
    assertSilent(on(mimalloc, program));
    Map<String, String> environment =
        Map.of("LD_PRELOAD", mimalloc.toString(), "MALLOC_ARENA_MAX", "2");
    Forecast forecast = Forecast.of(program, environment);
    assertTrue(forecast.warnings().getFirst().contains("MALLOC_ARENA_MAX=2"), forecast.toString());
    assertSilent(Forecast.of(program, Map.of("MALLOC_ARENA_MAX", "2")));
  }

  @Test
  void whatCannotBeJudgedIsSaid() throws Exception {
    Path text = Files.writeString(folder.resolve("text"), "no program");
    Forecast forecast = Forecast.of(text, Map.of());
    assertEquals(List.of(), forecast.refusals());
    assertTrue(forecast.warnings().getFirst().startsWith("Hazards of " + text));
  }

  @Test
  void anAllocatorBehindLibcServesNobody() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    shop.library("libclient.so", "idle_client.c", jemalloc.toString());
    Path behind =
        shop.compile("behind", "idle_host.c", "-Wl,--as-needed", "-lclient", jemalloc.toString());
    Path inFront = shop.compile("front", "idle_host.c", jemalloc.toString(), "-lclient");
    Map<String, String> said = Map.of("MALLOC_CONF", "stats_print:true");
    // jemalloc prints its statistics where it is loaded; only one has the thousand blocks in it
    assertFalse(serves(shop.run(said, List.of(behind.toString())).output()));
    assertTrue(serves(shop.run(said, List.of(inFront.toString())).output()));
    assertEquals(List.of("allocator-serves-nobody"), Workshop.ids(shop.hazards(behind)));
    assertEquals(List.of(), Workshop.ids(shop.hazards(inFront)));
  }

  private static boolean serves(String statistics) {
    return statistics
        .lines()
        .filter(line -> line.startsWith("Allocated: "))
        .anyMatch(line -> Long.parseLong(line.replaceAll("Allocated: (\\d+),.*", "$1")) > 900_000);
  }

  @Test
  void aProgramBuiltWithASanitizerIsRefused() throws Exception {
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    Path sanitized = shop.compile("sanitized", "plain.c", "-fsanitize=address");
    assertFalse(shop.preloading(jemalloc, sanitized).survived());
    assertEquals(1, on(jemalloc, sanitized).refusals().size());
    assertSilent(Forecast.of(sanitized, Map.of()));
    assertSilent(on(jemalloc, shop.compile("usual", "plain.c")));
  }

  @Test
  void aPreloadForAnotherLibcKeepsAProgramOfMuslFromStarting() throws Exception {
    Path compiler = Path.of("/usr/bin/musl-gcc");
    assumeTrue(Files.isExecutable(compiler), "why: musl-tools is not installed");
    Path program = shop.path("musl");
    Path source = Path.of("src/test/c/hazards/plain.c").toAbsolutePath();
    run(compiler.toString(), "-o", program.toString(), source.toString());
    Path jemalloc = Workshop.installed("libjemalloc.so.2");
    assertTrue(shop.run(program).survived());
    assertEquals(127, shop.preloading(jemalloc, program).exitCode());
    Forecast forecast = on(jemalloc, program);
    assertEquals(1, forecast.refusals().size(), forecast.toString());
    assertSilent(Forecast.of(program, Map.of()));
  }
}
