package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.inspect.loader.Scenario.define;
import static org.onemalloc.inspect.loader.Scenario.use;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Symbols with versions, and symbols of special kinds. */
class SymbolTest {
  private static final String UNIQUE =
      "int u; __asm__(\".type u, %gnu_unique_object\");" + "void *use_u(void) { return &u; }";
  private static final String TWO_VERSIONS =
      """
      static int old, now;
      void *f1(void) { return &old; }
      void *f2(void) { return &now; }
      __asm__(".symver f1, f@V1");
      __asm__(".symver f2, f@@V2");
      """;

  @TempDir Path folder;
  private Scenario scenario;

  @BeforeEach
  void create() {
    scenario = new Scenario(folder);
  }

  private String versions(String... names) throws Exception {
    StringBuilder script = new StringBuilder();
    String before = "";
    for (String name : names) {
      script.append("%s { global: f; g; } %s;\n".formatted(name, before));
      before = name;
    }
    Files.writeString(folder.resolve(names[names.length - 1] + ".map"), script);
    return "-Wl,--version-script," + names[names.length - 1] + ".map";
  }

  @Test
  void theDefaultVersionIsForThoseLinkedNowAndTheHiddenOneForThoseBefore() throws Exception {
    scenario.library("libv.so", define("f"), versions("V1"));
    scenario.library("liba.so", use("f"), "libv.so");
    scenario.library("libv.so", TWO_VERSIONS, versions("V1", "V2"));
    scenario.library("libb.so", use("f"), "libv.so");
    scenario.program("", "liba.so", "libb.so");
    scenario.call(0, "f").sym(0, "f").sym(0, "f", "V1").sym(0, "f", "V2").holds();
  }

  @Test
  void anUnversionedDefinitionServesAVersionedReference() throws Exception {
    scenario.library("libv.so", define("f"), versions("V1")).library("libp.so", define("f"));
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program(use("f"), "libv.so", "-rdynamic");
    assertEquals("libp.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void anotherVersionDoesNotServe() throws Exception {
    scenario.library("libv.so", define("f"), versions("V1"));
    scenario.library("libw.so", define("f"), versions("W1"));
    scenario.environment("LD_PRELOAD", "FOLDER/libw.so");
    scenario.program(use("f"), "libv.so", "-rdynamic");
    assertEquals("libv.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aBaseVersionServesAVersionedReference() throws Exception {
    scenario.library("libv.so", define("f"), versions("V1"));
    Files.writeString(folder.resolve("other.map"), "OTHER { global: g; };");
    scenario.library("libw.so", define("f", "g"), "-Wl,--version-script,other.map");
    scenario.environment("LD_PRELOAD", "FOLDER/libw.so");
    scenario.program(use("f"), "libv.so", "-rdynamic");
    assertEquals("libw.so", scenario.provider("program", "f"));
    scenario.call(0, "f").holds();
  }

  @Test
  void anUnversionedReferenceTakesTheOldest() throws Exception {
    scenario.library("libv.so", define("f"));
    scenario.library("liba.so", use("f"), "libv.so");
    scenario.library("libv.so", TWO_VERSIONS, versions("V1", "V2"));
    scenario.program("", "liba.so");
    scenario.call(0, "f").holds();
  }

  @Test
  void aProtectedFunctionIsUsedByItsOwnLibrary() throws Exception {
    scenario.library(
        "liba.so",
        "static int at; __attribute__((visibility(\"protected\"))) void *f(void) { return &at; }"
            + "void *use_f(void) { return f(); }");
    scenario.library("libp.so", define("f")).environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program("", "liba.so").sym(0, "f").holds();
  }

  @Test
  void aHiddenSymbolIsSeenByNobody() throws Exception {
    scenario.library(
        "liba.so",
        "static int at; __attribute__((visibility(\"hidden\"))) void *f(void) { return &at; }"
            + "void *use_f(void) { return f(); }");
    scenario.library("libb.so", define("f")).program("", "liba.so", "libb.so");
    assertEquals("no reference", scenario.provider("liba.so", "f"));
    scenario.sym(0, "f").holds();
  }

  @Test
  void aUniqueSymbolIsOneForAllThoughLibrariesAreLocal() throws Exception {
    scenario.library("liba.so", UNIQUE).library("libb.so", UNIQUE);
    scenario.program("").open("liba.so").open("libb.so");
    assertEquals("liba.so", scenario.provider("libb.so", "u"));
    scenario.call(1, "u").call(2, "u").sym(2, "u").holds();
  }

  @Test
  void aUniqueSymbolIsThatOfWhoIsRelocatedFirst() throws Exception {
    scenario.library("libb.so", UNIQUE).library("liba.so", UNIQUE, "libb.so");
    scenario.program("").open("liba.so");
    scenario.call(1, "u").sym(1, "u").holds();
  }

  @Test
  void anIndirectFunctionIsBoundLikeAnyOther() throws Exception {
    scenario.library(
        "liba.so",
        "static int at; static void *real(void) { return &at; }"
            + "static void *(*choose(void))(void) { return real; }"
            + "void *f(void) __attribute__((ifunc(\"choose\")));");
    scenario.library("libb.so", define("f")).program(use("f"), "liba.so", "libb.so", "-rdynamic");
    assertEquals("liba.so", scenario.provider("program", "f"));
    scenario.call(0, "f").sym(0, "f").holds();
  }

  @Test
  void aFunctionsAddressInAFixedProgramIsAnEntryThatLeadsOn() throws Exception {
    scenario.library("liba.so", define("f") + "void *(*kept)(void) = f;" + use("f"));
    scenario.library("libp.so", define("f")).environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program(
        use("f")
            + "void *(*volatile pointer)(void) = f;"
            + "int compare(void *p) { return p == (void *) f; }",
        "-no-pie",
        "-fno-pic",
        "liba.so",
        "-rdynamic");
    assertEquals("libp.so", scenario.provider("program", "f"));
    Definition entry =
        scenario
            .model()
            .bindings(scenario.model().find("liba.so").orElseThrow(), "f"::equals)
            .stream()
            .map(binding -> binding.provider().orElseThrow())
            .filter(Definition::isCanonicalPlt)
            .findFirst()
            .orElseThrow();
    assertEquals("program", entry.object().path().getFileName().toString());
    assertTrue(
        scenario.model().implementation(entry).orElseThrow().object().name().endsWith("/libp.so"));
    scenario.call(0, "f").holds();
  }

  @Test
  void aCopiedVariableIsTheProgramsForAll() throws Exception {
    scenario.library("liba.so", "int v = 1; void *use_v(void) { return &v; }");
    scenario.program("extern int v; int get(void) { return v; }", "-no-pie", "-fno-pic", "liba.so");
    assertEquals("program", scenario.provider("liba.so", "v"));
    assertEquals("liba.so", scenario.provider("program", "v"));
    scenario.call(0, "v").holds();
  }

  @Test
  void aProtectedVariableStaysWithItsLibrary() throws Exception {
    scenario.library(
        "liba.so",
        "__attribute__((visibility(\"protected\"))) int v; void *use_v(void) { return &v; }");
    scenario.library("libp.so", "int v;").environment("LD_PRELOAD", "FOLDER/libp.so");
    scenario.program("", "liba.so").sym(0, "v").holds();
  }

  @Test
  void threadLocalVariablesAreBoundByTheSameRules() throws Exception {
    scenario.library("liba.so", "__thread int t;").library("libp.so", "__thread int t;");
    scenario.library(
        "libu.so", "extern __thread int t; void *use_t(void) { return &t; }", "liba.so");
    scenario.environment("LD_PRELOAD", "FOLDER/libp.so").program("", "libu.so");
    assertEquals("libp.so", scenario.provider("libu.so", "t"));
    scenario.holds();
  }
}
