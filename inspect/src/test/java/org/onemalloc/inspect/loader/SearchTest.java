package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.onemalloc.inspect.loader.Scenario.RPATH;
import static org.onemalloc.inspect.loader.Scenario.RUNPATH;
import static org.onemalloc.inspect.loader.Scenario.define;
import static org.onemalloc.inspect.loader.Scenario.use;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which file is taken for a library's name. */
class SearchTest {
  @TempDir Path folder;
  private Scenario scenario;

  @BeforeEach
  void create() {
    scenario = new Scenario(folder).without("LD_LIBRARY_PATH");
  }

  private String fileOf(String soname) {
    return folder.relativize(scenario.model().find(soname).orElseThrow().path()).toString();
  }

  @Test
  void rpathIsInheritedByWhatIsNeeded() throws Exception {
    scenario.library("one/libf.so", define("f"));
    scenario.library("one/liba.so", use("f"), "one/libf.so");
    scenario.program("", "one/liba.so", RPATH + "$ORIGIN/one").call(0, "f").holds();
  }

  @Test
  void runpathIsNotInherited() throws Exception {
    scenario.library("one/libf.so", define("f"));
    scenario.library("one/liba.so", use("f"), "one/libf.so", RUNPATH + "${ORIGIN}");
    scenario.library("two/libf.so", define("f"));
    scenario.library("two/libb.so", define("g"), RPATH + "FOLDER/two");
    scenario.program("", "one/liba.so", "two/libb.so", RUNPATH + "$ORIGIN/two//:$ORIGIN/one");
    assertEquals("one/libf.so", fileOf("libf.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void runpathSwitchesRpathsOff() throws Exception {
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.library("one/liba.so", use("f"), "one/libf.so", RUNPATH + "FOLDER/none");
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/two");
    scenario.program("", "one/liba.so", RPATH + "$ORIGIN/one");
    assertEquals("two/libf.so", fileOf("libf.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void theEnvironmentComesBeforeRunpath() throws Exception {
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/none:FOLDER/two/");
    scenario.program(use("f"), "one/libf.so", "-rdynamic", RUNPATH + "$ORIGIN/one");
    assertEquals("two/libf.so", fileOf("libf.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void rpathComesBeforeTheEnvironment() throws Exception {
    scenario.library("one/libf.so", define("f")).library("two/libf.so", define("f"));
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/two");
    scenario.program(use("f"), "one/libf.so", "-rdynamic", RPATH + "$ORIGIN/one");
    assertEquals("one/libf.so", fileOf("libf.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void anEmptyElementIsTheCurrentDirectory() throws Exception {
    scenario.library("one/libf.so", define("f"));
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/one:");
    scenario.program(use("f"), "one/libf.so", "-rdynamic").call(0, "f").holds();
  }

  @Test
  void aNeededNameWithASlashIsAPath() throws Exception {
    scenario.library("one/libf.so", define("f"), "-Wl,-soname,$ORIGIN/one/libf.so");
    scenario.program(use("f"), "one/libf.so", "-rdynamic").call(0, "f").holds();
  }

  @Test
  void twoFilesWithOneNameAreOne() throws Exception {
    scenario.library("one/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("two/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("libu.so", use("f"), "two/libf.so");
    scenario.environment("LD_LIBRARY_PATH", "FOLDER");
    scenario.program("").open("FOLDER/one/libf.so").open("libu.so").call(2, "f").holds();
  }

  @Test
  void twoPathsWithOneNameAreTwo() throws Exception {
    scenario.library("one/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("two/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.program("").open("FOLDER/one/libf.so").open("FOLDER/two/libf.so");
    assertEquals(
        2,
        scenario.model().objects().stream()
            .filter(object -> object.soname().filter("libsame.so"::equals).isPresent())
            .count());
    scenario.sym(1, "f").sym(2, "f").holds();
  }

  @Test
  void aLinkToTheSameFileIsTheSame() throws Exception {
    scenario.library("one/libf.so", define("f"));
    Files.createSymbolicLink(folder.resolve("liblink.so"), folder.resolve("one/libf.so"));
    scenario.program("").open("FOLDER/one/libf.so").open("FOLDER/liblink.so");
    scenario.sym(1, "f").sym(2, "f").holds();
  }

  @Test
  void aPreloadedFileStandsInForALibraryOfItsName() throws Exception {
    scenario.library("one/libf.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.library("two/other.so", define("f"), "-Wl,-soname,libsame.so");
    scenario.environment("LD_PRELOAD", "FOLDER/two/other.so");
    scenario.program(use("f"), "one/libf.so", "-rdynamic", RUNPATH + "$ORIGIN/one");
    assertEquals("two/other.so", fileOf("libsame.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aFileForAnotherMachineIsPassedOver() throws Exception {
    scenario.library("one/libf.so", define("f"));
    Files.createDirectory(folder.resolve("two"));
    byte[] foreign = Files.readAllBytes(folder.resolve("one/libf.so"));
    foreign[18] = (byte) 183;
    Files.write(folder.resolve("two/libf.so"), foreign);
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/two:FOLDER/one");
    scenario.program(use("f"), "one/libf.so", "-rdynamic").call(0, "f").holds();
  }

  @Test
  void aFileThatIsNoLibraryEndsTheSearch() throws Exception {
    scenario.library("one/libf.so", define("f")).library("one/liba.so", use("f"), "one/libf.so");
    Files.createDirectory(folder.resolve("two"));
    Files.writeString(folder.resolve("two/libf.so"), "INPUT(libf.so.1) " + "x".repeat(100));
    scenario.environment("LD_LIBRARY_PATH", "FOLDER/two:FOLDER/one");
    scenario.program("").open("liba.so");
    assertEquals("libf.so", scenario.model().missing().getFirst().name());
    scenario.holds();
  }

  @Test
  void theCacheKnowsWhatIsInNoPath() throws Exception {
    scenario.program("", "-lstdc++", "-lm");
    assertEquals(0, scenario.model().missing().size());
    scenario.holds();
  }
}
