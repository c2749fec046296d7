package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.cli.PlantedAllocatorTest.compare;
import static org.onemalloc.cli.PlantedAllocatorTest.squeezed;
import static org.onemalloc.cli.PlantedAllocatorTest.wrong;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests runs in which a process is on the allocator of its variant, but not with the settings of
 * the variant. Compare names the process and the setting, and does not count the run.
 */
@Tag("slow")
class PlantedSettingsTest {
  @TempDir Path folder;

  @Test
  void findsASettingThatAScriptDrops() throws Exception {
    wrong(
        "mimalloc+tuned",
        "sleep",
        "was started without MIMALLOC_PURGE_DELAY",
        "sh",
        "-c",
        "env -u MIMALLOC_PURGE_DELAY sleep .7; :");
    wrong(
        "system+arenas",
        "sleep",
        "was started without MALLOC_ARENA_MAX",
        "sh",
        "-c",
        "env -i sleep .7; :");
  }

  /** An argument file can set the flag again, and a JVM reads it after the variant's own. */
  @Test
  void aFileWithFlagsOfTheJvmLeavesTheSettingUnknown() throws Exception {
    Path arguments = Files.writeString(folder.resolve("af"), "-XX:TrimNativeHeapInterval=0");
    Files.writeString(
        folder.resolve("Sleeps.java"),
        "class Sleeps { public static void main(String[] a) throws Exception { Thread.sleep(700); } }");
    String command =
        "%s @%s %s; :".formatted(Onemalloc.java(), arguments, folder.resolve("Sleeps.java"));
    Result result = compare("system,system+trim", "sh", "-c", command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    String said = squeezed(result);
    assertTrue(said.contains("@" + arguments + " names a file with further flags"), said);
    assertTrue(said.contains("○ system+trim"), said);
  }

  @Test
  void namesTheSettingsOfJemallocInAProgram() throws Exception {
    Tools.requireLibrary("libjemalloc2", "libjemalloc.so.2");
    String source = "const char *malloc_conf = \"narenas:1\"; int main(void) { return 0; }";
    Path program = Tools.compile(folder, "configured", source, "-rdynamic");
    Result result = Onemalloc.run("run", "-a", "jemalloc@installed", "--", program.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("configured defines malloc_conf"), result.err());
  }

  @Test
  void findsASettingThatAScriptChanges() throws Exception {
    wrong(
        "system+arenas",
        "sleep",
        "with MALLOC_ARENA_MAX=8, not with MALLOC_ARENA_MAX=1",
        "sh",
        "-c",
        "MALLOC_ARENA_MAX=8 sleep .7; :");
    wrong(
        "mimalloc+tuned",
        "sleep",
        "with MIMALLOC_PURGE_DELAY=9, not with",
        "sh",
        "-c",
        "MIMALLOC_PURGE_DELAY=9 sleep .7; :");
  }

  /** Servers such as redis and PostgreSQL write their state over their environment, for ps(1). */
  @Test
  void knowsWhatItGaveToAProgramThatWritesOverItsEnvironment() throws Exception {
    Path program =
        Tools.compile(
            folder,
            "titled",
            """
            #include <string.h>
            #include <unistd.h>
            extern char **environ;
            __attribute__((constructor)) static void title(void) {
              for (char **one = environ; *one; one++) memset(*one, 0, strlen(*one));
            }
            int main(void) { return usleep(700000); }
            """);
    Result result = compare("system,system+arenas", program.toString());
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("✓ system+arenas"), result.out());
  }

  @Test
  void findsASettingThatAScriptAdds() throws Exception {
    String tunables = "GLIBC_TUNABLES=glibc.malloc.arena_max=1";
    wrong(
        "system",
        "sleep",
        "with " + tunables + ", which is not a setting of the variant",
        "sh",
        "-c",
        tunables + " sleep .7; :");
  }

  @Test
  void findsAJvmWithoutTheFlagOfTheVariant() throws Exception {
    String program = "JAVA_TOOL_OPTIONS= %s -version; :".formatted(Onemalloc.java());
    wrong(
        "system+trim", "java", "runs without -XX:TrimNativeHeapInterval=1000", "sh", "-c", program);
  }

  @Test
  void provesAProgramThatKeepsThem() throws Exception {
    Result result = compare("system+arenas,mimalloc+tuned", "sleep", ".7");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("✓ system+arenas"), result.out());
    assertTrue(result.out().contains("✓ mimalloc+tuned"), result.out());
  }

  @Test
  void callsNothingProvenThatEndedTooSoon() throws Exception {
    String brief = "i=0; while [ $i -lt 50 ]; do env -u MALLOC_ARENA_MAX true; i=$((i+1)); done";
    Result result = compare("system+arenas", "sh", "-c", brief);
    assertFalse(result.out().contains("✓ "), result.out() + result.err());
  }

  @Test
  void showsTheNameOfAProcessOnOneLine() throws Exception {
    Path copy = folder.resolve("two\nlines");
    Files.copy(Path.of("/bin/sleep"), copy);
    Result result = compare("system", "sh", "-c", "'" + copy + "' 271830 & exit 0");
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertTrue(squeezed(result).contains("two\\nlines (pid"), result.out() + result.err());
  }
}
