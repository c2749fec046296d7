package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.inspect.loader.OpenFlag.DEEPBIND;
import static org.onemalloc.inspect.loader.OpenFlag.GLOBAL;
import static org.onemalloc.inspect.loader.Scenario.LOOKUPS;
import static org.onemalloc.inspect.loader.Scenario.RPATH;
import static org.onemalloc.inspect.loader.Scenario.RUNPATH;
import static org.onemalloc.inspect.loader.Scenario.define;
import static org.onemalloc.inspect.loader.Scenario.use;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** musl's loader, predicted and then run. */
class MuslTest {
  @TempDir Path folder;
  private Scenario scenario;

  @BeforeEach
  void create() {
    scenario = Scenario.ofMusl(folder);
  }

  private String fileOf(String name) {
    return folder.relativize(scenario.model().find(name).orElseThrow().path()).toString();
  }

  @Test
  void loadsBreadthFirstAndItselfWhereItIsNeeded() throws Exception {
    scenario.library("libc1.so", define("f")).library("libb.so", define("f"), "libc1.so");
    scenario.library("liba.so", use("f"), "libc1.so").program("", "liba.so", "libb.so");
    assertTrue(scenario.model().isMusl());
    assertEquals("libb.so", scenario.provider("liba.so", "f"));
    scenario.call(0, "f");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void preloadedLibrariesComeBehindTheProgramAlone() throws Exception {
    scenario.library("libp.so", define("f", "g")).library("libf.so", define("f", "g"));
    scenario.library("liba.so", use("f", "g"), "libf.so");
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program(define("g"), "liba.so", "-rdynamic").call(0, "f").call(0, "g");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void libcAllocatesWithAPreloadedMalloc() throws Exception {
    scenario.library(
        "libp.so",
        """
        #include <stddef.h>
        static char pool[1 << 20]; static size_t used;
        void *malloc(size_t n) { used += 16; char *p = pool + used; used += n; used = (used + 15) & -16; return p; }
        void *calloc(size_t n, size_t m) { return malloc(n * m); }
        void *realloc(void *p, size_t n) { return malloc(n); }
        void free(void *p) { }
        """);
    scenario.library(
        "liba.so",
        """
        #include <stdlib.h>
        #include <string.h>
        void *use_malloc(void) { free(malloc(1)); return strdup("of libc"); }
        """);
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so").program("", "liba.so", "-lc");
    String libc = "/lib/ld-musl-x86_64.so.1";
    assertEquals("libp.so", scenario.provider(libc, "malloc"));
    scenario.call(0, "malloc").symDefault("malloc");
    scenario.answersHold();
  }

  @Test
  void aHandleDoesNotSeeWhatIsPreloaded() throws Exception {
    scenario.library("libp.so", define("strdup")).library("liba.so", "", "-lc");
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so").program("");
    scenario.open("libc.so").sym(1, "strdup").symDefault("strdup").sym(0, "strdup");
    scenario.open("liba.so").sym(2, "strdup");
    scenario.answersHold();
  }

  @Test
  void everyNameOfTheCLibraryIsTheLoader() throws Exception {
    scenario.program("");
    scenario.open("libpthread.so.0").sym(1, "malloc").open("libc.musl-x86_64.so.1");
    scenario.sym(2, "malloc").open("libm.so.6").sym(3, "sin").open("libmm.so");
    scenario.answersHold();
  }

  @Test
  void versionsAreIgnoredButForTheHiddenBit() throws Exception {
    Files.writeString(folder.resolve("map"), "V1 { global: f; g; };\nV2 { global: h; };\n");
    scenario.library(
        "libf.so",
        define("old", "f") + define("g") + "__asm__(\".symver old, f@V1\\n.symver f, f@@V2\");",
        "-Wl,--version-script,FOLDER/map");
    scenario.library("liba.so", use("f"), "libf.so").program("", "liba.so");
    scenario.call(0, "f").sym(0, "f").sym(0, "g");
    scenario.answersHold();
  }

  @Test
  void aLocalLibraryIsNotSeenByDefault() throws Exception {
    scenario.library("liba.so", define("f")).program("");
    scenario.open("liba.so").sym(1, "f").symDefault("f").sym(0, "f").answersHold();
  }

  @Test
  void aGlobalLibraryIsSeenByWhatIsOpenedAfterIt() throws Exception {
    scenario.library("liba.so", define("f")).library("libb.so", use("f"));
    scenario.program("").open("liba.so", GLOBAL).open("libb.so");
    scenario.symDefault("f").sym(0, "f").call(2, "f").answersHold();
  }

  @Test
  void deepBindingIsUnknown() throws Exception {
    scenario.library("libf.so", define("f")).library("liba.so", use("f"), "libf.so");
    scenario.library("libp.so", define("f")).environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program("").open("liba.so", DEEPBIND);
    assertEquals("libp.so", scenario.provider("liba.so", "f"));
    scenario.call(1, "f").answersHold();
  }

  @Test
  void aSymbolicLibraryIsAsAnyOther() throws Exception {
    scenario.library("libs.so", define("f") + use("f"));
    SymbolicTag.set(folder.resolve("libs.so"));
    scenario.program(define("f"), "-rdynamic").open("libs.so");
    assertEquals("program", scenario.provider("libs.so", "f"));
    scenario.call(1, "f").answersHold();
  }

  @Test
  void everyLibraryOfOneDlopenSeesAllOfThem() throws Exception {
    scenario.library("libg.so", define("g")).library("libf.so", use("g"), "-Wl,-z,undefs");
    scenario.library("liba.so", "", "libf.so", "libg.so").program("");
    scenario.open("liba.so").call(1, "g").answersHold();
  }

  @Test
  void whatWasFoundNowhereIsLookedForAgainAfterAGlobalDlopen() throws Exception {
    scenario.library("liba.so", use("f"), "-Wl,-z,lazy", "-Wl,-z,undefs");
    scenario.library("libb.so", define("f"));
    scenario.program("").openLazily("liba.so").openLazily("libb.so", GLOBAL);
    scenario.callLazily(1, "f").answersHold();
  }

  @Test
  void whatWasFoundOnceStays() throws Exception {
    scenario.library("liba.so", use("f") + define("f"), "-Wl,-z,lazy");
    scenario.library("libb.so", define("f"));
    scenario.program("").openLazily("liba.so").openLazily("libb.so", GLOBAL);
    scenario.callLazily(1, "f").answersHold();
  }

  @Test
  void nextIsBehindInTheOrderOfLoading() throws Exception {
    scenario.library("libp.so", LOOKUPS + define("f")).library("liba.so", define("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so").program("", "liba.so");
    scenario.next(0, "f").defaultOf(0, "f").answersHold();
  }

  @Test
  void nextOfAnOpenedLibraryIsTheOneThatCameBehindIt() throws Exception {
    scenario.library("libf.so", define("f")).library("liba.so", LOOKUPS + define("f"), "libf.so");
    scenario.program(define("f"), "-rdynamic").open("liba.so").next(1, "f").defaultOf(1, "f");
    scenario.answersHold();
  }

  @Test
  void nextOfTheLastFindsNothing() throws Exception {
    scenario.library("liba.so", LOOKUPS + define("f")).program("");
    scenario.open("liba.so").next(1, "f").answersHold();
  }

  @Test
  void runpathIsInheritedAndRpathIsAsGood() throws Exception {
    scenario.without("LD_LIBRARY_PATH");
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.library("one/liba.so", use("f"), "one/libf.so", RPATH + "FOLDER/none");
    scenario.program("", "one/liba.so", RUNPATH + "$ORIGIN/none:FOLDER/one");
    assertEquals("one/libf.so", fileOf("libf.so"));
    scenario.call(0, "f");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void theEnvironmentComesBeforeRpath() throws Exception {
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.environment("LD_LIBRARY_PATH", "::FOLDER/none:FOLDER/two/");
    scenario.program(use("f"), "one/libf.so", "-rdynamic", RPATH + "$ORIGIN/one");
    scenario.call(0, "f");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void aPathWithAnotherDollarIsIgnored() throws Exception {
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.without("LD_LIBRARY_PATH");
    scenario.library("two/liba.so", use("f"), "two/libf.so", RUNPATH + "$LIB:FOLDER/two");
    scenario.program("", "two/liba.so", RUNPATH + "${ORIGIN}/one:$ORIGIN/two");
    assertEquals("one/libf.so", fileOf("libf.so"));
    scenario.call(0, "f");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void whatIsOpenedIsSearchedForInTheProgramsPath() throws Exception {
    scenario.without("LD_LIBRARY_PATH");
    scenario.library("one/libf.so", define("f")).library("one/liba.so", use("f"), "one/libf.so");
    scenario.program("", RUNPATH + "FOLDER/one").open("liba.so").open("libnowhere.so");
    scenario.call(1, "f").answersHold();
  }

  @Test
  void whatIsPreloadedIsNotSearchedForInTheProgramsPath() throws Exception {
    scenario.without("LD_LIBRARY_PATH");
    scenario.library("one/libf.so", define("f")).library("one/libp.so", define("g"), "one/libf.so");
    scenario.library("two/libf.so", define("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/one/libp.so");
    scenario.program("", "two/libf.so", RUNPATH + "FOLDER/two");
    scenario.sym(0, "f");
    scenario.listHolds();
    scenario.answersHold();
  }

  @Test
  void theNameOfTheFileCountsAndNotTheSoname() throws Exception {
    scenario.library("one/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("two/libsame.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("libu.so", use("f"), "two/libsame.so", RUNPATH + "FOLDER/two");
    scenario.program("").open("FOLDER/one/libf.so").open("libu.so").call(2, "f");
    scenario.answersHold();
  }

  @Test
  void theSameFileByTwoNamesIsOne() throws Exception {
    scenario.library("one/libf.so", define("f"));
    Files.createSymbolicLink(folder.resolve("liblink.so"), folder.resolve("one/libf.so"));
    scenario.program("").open("FOLDER/one/libf.so").open("liblink.so");
    scenario.sym(1, "f").sym(2, "f").answersHold();
  }

  @Test
  void theFirstFileThatIsThereEndsTheSearch() throws Exception {
    scenario.library("one/libf.so", define("f")).library("one/liba.so", use("f"), "one/libf.so");
    Files.createDirectory(folder.resolve("two"));
    Files.writeString(folder.resolve("two/libf.so"), "no library" + "x".repeat(100));
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/two:FOLDER/one");
    scenario.program("").open("liba.so").open("libf.so");
    assertEquals(2, scenario.model().missing().size());
    scenario.answersHold();
  }

  @Test
  void anAddressTakenByAProgramAtAFixedPlaceIsFoundByName() throws Exception {
    scenario.library("libf.so", define("f"));
    scenario.library("liba.so", "void *f(void); void *address_f(void) { return f; }", "libf.so");
    scenario.program(
        "void *f(void); void *volatile taken = f;\n", "libf.so", "liba.so", "-no-pie", "-fno-pic");
    scenario.sym(0, "f").sym(0, "address_f").answersHold();
  }

  @Test
  void aWeakReferenceMayStayUnbound() throws Exception {
    scenario.library(
        "liba.so",
        """
        extern void *gone(void) __attribute__((weak));
        extern void *f(void) __attribute__((weak));
        void *use_f(void) { return gone ? 0 : f(); }
        """);
    scenario.library("libf.so", define("f")).program("", "liba.so", "libf.so");
    assertEquals("none", scenario.provider("liba.so", "gone"));
    scenario.call(0, "f").answersHold();
  }

  @Test
  void aDirectoryListThatCannotBeReadIsEmpty() throws Exception {
    scenario.without("LD_LIBRARY_PATH").library("libf.so", define("f"));
    scenario.program("").open("libf.so").open("libstdc++.so.6").answersHold();
  }
}
