package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.onemalloc.inspect.loader.Scenario.define;
import static org.onemalloc.inspect.loader.Scenario.use;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several definitions a program and its libraries are bound to when it starts. */
class ScopeTest {
  @TempDir Path folder;
  private Scenario scenario;

  @BeforeEach
  void create() {
    scenario = new Scenario(folder);
  }

  @Test
  void theFirstNeededLibraryWins() throws Exception {
    scenario.library("liba.so", define("f")).library("libb.so", define("f"));
    scenario.program(use("f"), "liba.so", "libb.so", "-rdynamic");
    assertEquals("liba.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void librariesAreSearchedBreadthFirst() throws Exception {
    scenario.library("libc1.so", define("f"));
    scenario.library("liba.so", use("f"), "libc1.so").library("libb.so", define("f"));
    scenario.program("", "liba.so", "libb.so");
    assertEquals("libb.so", scenario.provider("liba.so", "f"));
    scenario.holds();
  }

  @Test
  void whatIsPreloadedComesBeforeWhatIsNeeded() throws Exception {
    scenario.library("liba.so", define("f")).library("libp.so", define("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program(use("f"), "liba.so", "-rdynamic");
    assertEquals("libp.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aPreloadedLibraryMayBeNamedWithoutAPath() throws Exception {
    scenario.library("liba.so", define("f")).library("libp.so", define("f"));
    scenario.environment("LD_PRELOAD", "libp.so libnowhere.so");
    scenario.program(use("f"), "liba.so", "-rdynamic").call(0, "f");
    assertEquals(1, scenario.model().missing().size());
    scenario.holds();
  }

  @Test
  void theProgramComesBeforeAll() throws Exception {
    scenario.library("liba.so", define("f") + use("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/liba.so");
    scenario.program(define("f"), "-rdynamic");
    assertEquals("program", scenario.provider("liba.so", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void whatTheProgramDoesNotExportIsNotSeen() throws Exception {
    scenario.library("liba.so", define("f") + use("f"));
    scenario.program(
        "static int at; void *f(void) { return &at; }",
        "liba.so",
        "-Wl,--exclude-libs,ALL",
        "-fvisibility=hidden");
    assertEquals("liba.so", scenario.provider("liba.so", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aSymbolicTagDecidesWhereReferencesAreLeft() throws Exception {
    scenario.library("libs.so", define("f") + use("f"), "-Wl,-soname,libs.so");
    SymbolicTag.set(folder.resolve("libs.so"));
    scenario.library("libp.so", define("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program("", "libs.so");
    assertEquals("libs.so", scenario.provider("libs.so", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aFunctionBoundByTheLinkerIsNoReference() throws Exception {
    scenario.library("libs.so", define("f") + use("f"), "-Wl,-Bsymbolic-functions");
    scenario.program(define("f"), "libs.so", "-rdynamic");
    assertEquals("no reference", scenario.provider("libs.so", "f"));
    scenario.holds();
  }

  @Test
  void theFirstDefinitionWinsThoughItIsWeak() throws Exception {
    String weak = "static int at; __attribute__((weak)) void *f(void) { return &at; }";
    scenario.library("liba.so", weak).library("libb.so", define("f"));
    scenario.program(use("f"), "liba.so", "libb.so", "-rdynamic");
    assertEquals("liba.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aWeakReferenceMayStayOpen() throws Exception {
    String hook =
        "extern void *hook(void) __attribute__((weak));"
            + "static int none; void *use_hook(void) { return hook ? hook() : &none; }";
    scenario.library("liba.so", hook).program("", "liba.so");
    assertEquals("none", scenario.provider("liba.so", "hook"));
    scenario.holds();
  }

  @Test
  void aWeakReferenceIsBoundWhereThereIsADefinition() throws Exception {
    String hook =
        "extern void *hook(void) __attribute__((weak));"
            + "static int none; void *use_hook(void) { return hook ? hook() : &none; }";
    scenario.library("liba.so", hook).library("libp.so", define("hook"));
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so").program("", "liba.so");
    assertEquals("libp.so", scenario.provider("liba.so", "hook"));
    scenario.call(0, "hook").holds();
  }

  @Test
  void anAuxiliaryFilterStandsBeforeWhatItFilters() throws Exception {
    scenario.library("libimpl.so", define("f"));
    scenario.library("libfilter.so", define("f", "g"), "-Wl,-f,libimpl.so");
    scenario.program(use("f", "g"), "libfilter.so", "-rdynamic");
    assertEquals("libimpl.so", scenario.provider("program", "f"));
    assertEquals("libfilter.so", scenario.provider("program", "g"));
    scenario.call(0, "f").call(0, "g").holds();
  }

  @Test
  void anAuxiliaryFilterMayBeMissing() throws Exception {
    scenario.library("libfilter.so", define("f"), "-Wl,-f,libnowhere.so");
    scenario.program(use("f"), "libfilter.so", "-rdynamic").call(0, "f").holds();
  }

  @Test
  void aFilterStandsBeforeWhatItFilters() throws Exception {
    scenario.library("libimpl.so", define("f"));
    scenario.library("libother.so", define("g"), "libimpl.so");
    scenario.library("libfilter.so", define("f"), "-Wl,-F,libimpl.so", "libother.so");
    scenario.program(use("f"), "libfilter.so", "-rdynamic");
    assertEquals("libimpl.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }
}
