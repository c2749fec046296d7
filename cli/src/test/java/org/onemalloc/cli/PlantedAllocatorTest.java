package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests runs in which one process uses an allocator other than that of its variant, for each way in
 * which that can happen. Compare finds the process, names it, and does not count the run.
 */
@Tag("slow")
class PlantedAllocatorTest {
  private static final String SLEEPER =
      """
      #include <stdlib.h>
      #include <unistd.h>
      int main(void) {
        for (int i = 0; i < 1000; i++) *(volatile char *) malloc(1000) = 1;
        usleep(700000);
        return 0;
      }
      """;

  @TempDir Path folder;
  private Path jemalloc;

  @BeforeEach
  void findJemalloc() throws IOException {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    jemalloc =
        Path.of(
            "/usr/lib/"
                + System.getProperty("os.arch").replace("amd64", "x86_64")
                + "-linux-gnu/libjemalloc.so.2");
    assumeTrue(Files.exists(jemalloc), jemalloc + " is not there");
    // Other users must be able to read the files in the folder.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void inAScriptThatExportsLdPreload() throws Exception {
    Path script = script("export LD_PRELOAD=" + jemalloc, "sleep .7");
    wrong("system", "sleep", jemalloc + ", not on glibc's malloc", script.toString());
    wrong("mimalloc", "sleep", jemalloc + ", not on ", script.toString());
  }

  @Test
  void inAScriptThatClearsTheEnvironment() throws Exception {
    wrong("mimalloc", "sleep", "runs on glibc's malloc, not on ", "sh", "-c", "env -i sleep .7; :");
  }

  @Test
  void inAChildThatIsLinkedWithAnother() throws Exception {
    Path linked = Tools.compile(folder, "linked", SLEEPER, "-Wl,--no-as-needed", jemalloc + "");
    wrong("system", "linked", jemalloc + ", not on glibc's malloc", "sh", "-c", linked + "; :");
  }

  private static final String OWN =
      """
      #include <stddef.h>
      #include <unistd.h>
      static char room[1 << 20];
      static size_t used;
      void *malloc(size_t n) { void *p = room + used; used += (n + 15) & ~15; return p; }
      void free(void *p) {}
      int main(void) { return *(volatile char *) malloc(100) + usleep(700000); }
      """;

  @Test
  void inAChildThatHidesItsOwn() throws Exception {
    Path program = Tools.compile(folder, "hides", OWN, "-fvisibility=hidden");
    wrong("system", "hides", "its own inside, hidden malloc", "sh", "-c", program + "; :");
    wrong("mimalloc", "hides", "its own inside, hidden malloc", "sh", "-c", program + "; :");
  }

  /** It is too short for its environment to be read, as a rule. */
  @Test
  void isNotSilentAboutASettingForAShortChild() throws Exception {
    Result result = compare("system", "sh", "-c", "MALLOC_ARENA_MAX=1 /bin/true; sleep .7");
    String text = squeezed(result);
    assertTrue(
        text.contains("true ended before the environment could be read (system)")
            || text.contains("MALLOC_ARENA_MAX=1, which is not a setting of the variant."),
        text + result.err());
  }

  @Test
  void inAChildThatExportsItsOwn() throws Exception {
    Path program = Tools.compile(folder, "own", OWN, "-rdynamic");
    wrong("system", "own", "a malloc of its own in " + program, "sh", "-c", program + "; :");
    wrong("mimalloc", "own", "a malloc of its own in " + program, "sh", "-c", program + "; :");
  }

  @Test
  void inAChildWithAPrivateCopy() throws Exception {
    Tools.require("objcopy");
    Path library = jemalloc.resolveSibling("libjemalloc_pic.a");
    assumeTrue(Files.exists(library), "libjemalloc-dev is not installed");
    Path copy = folder.resolve("libje.a");
    List<String> words = new ArrayList<>(List.of("objcopy"));
    for (String name : PREFIXED.split(" ", -1)) {
      words.addAll(List.of("--redefine-sym", name + "=je_" + name));
    }
    words.addAll(List.of(library.toString(), copy.toString()));
    assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor());
    String source = SLEEPER.replace("malloc(1000)", "je_malloc(1000)");
    source = "void *je_malloc(unsigned long);\n" + source;
    Path program =
        Tools.compile(folder, "hidden", source, copy + "", "-lstdc++", "-lpthread", "-lm", "-ldl");
    wrong("system", "hidden", "allocator of its own inside, jemalloc", program.toString());
    wrong("mimalloc", "hidden", "allocator of its own inside, jemalloc", program.toString());
  }

  private static final String PREFIXED =
      "malloc calloc realloc free memalign aligned_alloc posix_memalign valloc malloc_usable_size";

  @Test
  void inAStaticChild() throws Exception {
    Path program = Tools.compile(folder, "static", SLEEPER, "-static");
    wrong(
        "mimalloc", "static", "glibc's malloc linked into " + program, "sh", "-c", program + "; :");
    Result system = compare("system", "sh", "-c", program + "; :");
    assertEquals(0, system.exitCode(), system.out() + system.err());
  }

  @Test
  void inAGrandchildInASessionOfItsOwn() throws Exception {
    String preload = "LD_PRELOAD=" + jemalloc;
    String program = "setsid sh -c 'setsid env " + preload + " sleep .7; :' & wait";
    wrong("system", "sleep", jemalloc + ", not on glibc's malloc", "sh", "-c", program);
  }

  @Test
  void inAProcessOfAnotherUser() throws Exception {
    Tools.require("setpriv");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may become another user");
    String program =
        "setpriv --reuid 65534 --regid 65534 --clear-groups env LD_PRELOAD=%s sleep .7; :"
            .formatted(jemalloc);
    wrong("system", "sleep", jemalloc + ", not on glibc's malloc", "sh", "-c", program);
  }

  @Test
  void inADaemonThatHidesItsOrigin() throws Exception {
    // The daemon has no parent, group, session or environment in common with the command.
    String program =
        "(setsid env -i LD_PRELOAD=%s sleep 271828 >/dev/null 2>&1 &) ; sleep .7"
            .formatted(jemalloc);
    Result result = compare("system", "sh", "-c", program);
    assertAll(
        () -> assertEquals(1, result.exitCode(), result.out()),
        () -> assertTrue(squeezed(result).contains("left sleep (pid"), result.out()),
        () -> assertEquals(0, Processes.running("sleep 271828")));
  }

  @Test
  void namesTheDaemonThatOutlivesItsCommand() throws Exception {
    Result result = compare("system", "sh", "-c", "setsid sleep 271829 & exit 0");
    assertAll(
        () -> assertEquals(1, result.exitCode(), result.out()),
        () -> assertTrue(squeezed(result).contains("left sleep (pid"), result.out()),
        () -> assertFalse(result.out().contains("✓ system"), result.out()),
        () -> assertEquals(0, Processes.running("sleep 271829")));
  }

  @Test
  void measuresADaemonUntilItRests() throws Exception {
    Tools.require("python3");
    Path json = folder.resolve("samples.json");
    String program = "block = bytearray(80 << 20); import time; time.sleep(271)";
    Result result =
        Onemalloc.run(
            "compare",
            "-a",
            "system",
            "-n",
            "1",
            "--idle",
            "3",
            "--json",
            json + "",
            "--",
            "sh",
            "-c",
            "setsid python3 -c '" + program + "' & exit 0");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    String idle =
        Files.readString(json).replaceAll("(?s).*\"idleRssBytes\"\\s*:\\s*(\\d+).*", "$1");
    assertTrue(Long.parseLong(idle) > 80L << 20, idle);
  }

  @Test
  void saysWhatAProgramAsShippedRunsOn() throws Exception {
    Path linked = Tools.compile(folder, "linked", SLEEPER, "-Wl,--no-as-needed", jemalloc + "");
    Result result = compare("shipped", "sh", "-c", linked + "; :");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(squeezed(result).contains(jemalloc + " served linked"), result.out());
  }

  /** The program ends before it can be inspected, so only the kernel's record contains it. */
  @Test
  void inAProgramThatReplacesItsShellAndEnds() throws Exception {
    Path quick = quick();
    Path script = script("export LD_PRELOAD=" + jemalloc, "exec " + quick);
    wrong("system", "quick", jemalloc + ", not on glibc's malloc", script.toString());
    Path clears = script("exec env -i " + quick);
    wrong("mimalloc", "quick", "runs on glibc's malloc, not on ", clears.toString());
  }

  @Test
  void inAChildThatEndsAtOnce() throws Exception {
    String program = "sleep .2; LD_PRELOAD=%s %s; sleep .2".formatted(jemalloc, quick());
    wrong("system", "quick", jemalloc + ", not on glibc's malloc", "sh", "-c", program);
  }

  @Test
  void inAChildOfSomebodyWhoHearsOfChildrenAlone() throws Exception {
    Tools.require("setpriv");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root gives capabilities up");
    String program = "LD_PRELOAD=%s %s; :".formatted(jemalloc, quick());
    Result result = as("setpriv --bounding-set=-sys_admin,-perfmon", "sh", "-c", program);
    assertEquals(1, result.exitCode(), result.out() + result.err());
    String found = "not proven: quick";
    assertTrue(squeezed(result).contains(found), result.out() + result.err());
  }

  @Test
  void saysWhatItCouldNotSee() throws Exception {
    String filter =
        """
        #include <errno.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <stddef.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        int main(int count, char **words) {
          struct sock_filter rules[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
          };
          struct sock_fprog program = {4, rules};
          prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
          prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
          execvp(words[1], words + 1);
          return 127;
        }
        """;
    Path without = Tools.compile(folder, "without", filter);
    Path script = script("export LD_PRELOAD=" + jemalloc, "exec " + quick());
    Result result = as(without.toString(), script.toString());
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertFalse(result.out().contains("✓ system"), result.out()),
        () -> assertTrue(result.out().contains("○ system"), result.out()),
        () -> assertTrue(squeezed(result).contains("1 run not fully seen: "), result.out()),
        () -> assertTrue(result.out().contains("wall"), "it has figures: " + result.out()));
  }

  /** The kernel calls a process ended, in its record, when it takes another user's rights. */
  @Test
  void callsNoSetUserIdProgramProvenThatItDidNotSee() throws Exception {
    Tools.require("setpriv");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root makes such a program");
    Path quick = quick();
    Files.setAttribute(folder, "unix:mode", 0755);
    Files.setAttribute(quick, "unix:mode", 04755);
    Result result = as("env", "setpriv", "--reuid=12345", "--clear-groups", quick.toString());
    assertFalse(result.out().contains("✓ system"), result.out() + result.err());
  }

  private Path quick() throws Exception {
    String source =
        "#include <stdlib.h>\nint main(void) { *(volatile char *) malloc(9) = 1; return 0; }";
    return Tools.compile(folder, "quick", source, "-fno-builtin");
  }

  /**
   * Compares the variant {@code system} alone, started through a command that executes another one.
   */
  private static Result as(String prefix, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of(prefix.split(" ", -1)));
    words.addAll(Onemalloc.command("compare", "-a", "system", "-n", "1", "--"));
    words.addAll(List.of(command));
    return Onemalloc.run(Map.of(), words);
  }

  @Test
  @Tag("long")
  void doesNotMistakeShortLivedChildrenForWrongOnes() throws Exception {
    int children = Boolean.getBoolean("nightly") ? 10_000 : 400;
    String program = "i=0; while [ $i -lt %d ]; do sleep 0; i=$((i+1)); done".formatted(children);
    Result result = compare("system,mimalloc,jemalloc", "sh", "-c", program);
    assertEquals(0, result.exitCode(), result.out() + result.err());
  }

  static void wrong(String variant, String process, String what, String... command)
      throws Exception {
    Result result = compare(variant, command);
    assertAll(
        () -> assertEquals(1, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(squeezed(result).contains("not proven: " + process), result.out()),
        () -> assertTrue(squeezed(result).contains(what), result.out()));
  }

  /** Returns the output with single spaces, because the table breaks lines between words. */
  static String squeezed(Result result) {
    return (result.out() + result.err()).replaceAll("\\s+", " ");
  }

  private Path script(String... lines) throws IOException {
    Path script = folder.resolve("start");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    assertTrue(script.toFile().setExecutable(true));
    return script;
  }

  static Result compare(String variants, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of("compare", "-a", variants, "-n", "1", "--"));
    words.addAll(List.of(command));
    return Onemalloc.run(words.toArray(String[]::new));
  }
}
