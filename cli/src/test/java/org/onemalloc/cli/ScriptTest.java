package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** Tests the start script. */
class ScriptTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path SCRIPT = ROOT.resolve("onemalloc");

  @TempDir Path folder;

  @BeforeAll
  static void requireTheBuiltCommand() {
    assumeTrue(
        Files.exists(ROOT.resolve("cli/target/dist/onemalloc.jar")),
        "the command is not built: ./check builds it first");
  }

  @Test
  void saysWhatToInstallWhereThereIsNoJdk() throws Exception {
    Result result =
        Onemalloc.run(
            Map.of("JAVA_HOME", "/no/such/jdk", "PATH", "/usr/bin:/bin", "ONEMALLOC_JDKS", "/none"),
            List.of(SCRIPT.toString(), "allocators"));
    assumeTrue(result.exitCode() != 0, "the java in /usr/bin is of 25 or newer");
    assertAll(
        () -> assertEquals(2, result.exitCode()),
        () -> assertEquals(1, result.err().lines().count(), result.err()),
        () -> assertTrue(result.err().contains("JDK of 25 or newer"), result.err()));
  }

  @Test
  void runsFromAnywhereAndThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("om"), SCRIPT);
    Result result =
        Onemalloc.run(
            Map.of("ONEMALLOC_AS_BUILT", "1"),
            List.of("env", "-C", "/", link.toString(), "--version"));
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().startsWith("onemalloc "), result.out());
  }

  @Test
  void leavesTheEnvironmentOfTheProgramAsItWas() throws Exception {
    Result result =
        Onemalloc.run(
            Map.of(
                "JAVA_HOME",
                "/the/users/own",
                "ONEMALLOC_JDKS",
                System.getProperty("java.home"),
                "ONEMALLOC_AS_BUILT",
                "1"),
            List.of(SCRIPT.toString(), "run", "-a", "system", "--", "printenv", "JAVA_HOME"));
    assertEquals("/the/users/own\n", result.out(), result.err());
  }

  /**
   * With these variables, the command's JVM would load the program's agents, open its debugger
   * port, and print messages.
   */
  @Test
  void whatAJvmIsToldByItsEnvironmentReachesTheProgramAlone() throws Exception {
    Map<String, String> told =
        Map.of(
            "JAVA_TOOL_OPTIONS", "-Done=1",
            "JDK_JAVA_OPTIONS", "-Dtwo=2",
            "_JAVA_OPTIONS", "-Dthree=3",
            "ONEMALLOC_JDKS", System.getProperty("java.home"),
            "ONEMALLOC_AS_BUILT", "1");
    List<String> words = List.of("run", "-a", "system", "--", "printenv");
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(words);
    Result result = Onemalloc.run(told, command);
    assertEquals("", result.err());
    told.forEach(
        (name, value) -> assertTrue(result.out().contains(name + "=" + value + "\n"), name));
    assertFalse(result.out().contains("ONEMALLOC_GIVEN_"), result.out());
  }

  @Test
  void saysThatProcIsMissing() throws Exception {
    Tools.require("unshare");
    List<String> hiding = List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /proc");
    assumeTrue(
        Onemalloc.run(Map.of(), hiding).exitCode() == 0, "only root can hide /proc from a process");
    Result result =
        Onemalloc.run(
            Map.of("ONEMALLOC_AS_BUILT", "1"),
            List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /proc; exec " + SCRIPT + " run ls"));
    assertEquals(2, result.exitCode(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains("/proc is not mounted"), result.err());
  }
}
