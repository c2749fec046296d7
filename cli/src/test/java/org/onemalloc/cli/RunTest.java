package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
class RunTest {
  @TempDir Path folder;

  @Test
  void becomesTheCommandWithItsPidAndExitCode() throws Exception {
    Result result = Onemalloc.run("run", "--", "sh", "-c", "echo $$; exit 7");
    assertEquals(7, result.exitCode(), result.err());
    assertEquals(Long.toString(result.pid()), result.out().strip());
  }

  @Test
  void saysNothingUnlessAsked() throws Exception {
    assertEquals("", Onemalloc.run("run", "--", "true").err());
    assertTrue(Onemalloc.run("run", "-v", "--", "true").err().contains("malloc-family references"));
  }

  @Test
  void leavesTheArgumentsAfterTheCommandAlone() throws Exception {
    Result result = Onemalloc.run("run", "echo", "--help", "@file", "-a", "  two  words ", "");
    assertEquals("--help @file -a   two  words  \n", result.out());
  }

  @Test
  void helpsWithEachCommand() throws Exception {
    for (String command : List.of("run", "compare", "link", "inspect", "profile", "allocators")) {
      Result result = Onemalloc.run(command, "--help");
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().startsWith("Usage: onemalloc " + command), result.out());
    }
  }

  @Test
  void saysThatTheLocaleCannotNameAFile() throws Exception {
    Result result =
        Onemalloc.run(Map.of("LC_ALL", "C"), Onemalloc.command("run", "--", "./\u00e9"));
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("set LC_ALL=C.UTF-8"), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void handsArgumentsOnByteForByte() throws Exception {
    String shell =
        String.join(" ", Onemalloc.command("run", "--", "printf"))
            + " %s \"$(printf '\\303\\050\\377')\" | od -An -tx1";
    Result result = Onemalloc.run(Map.of("LC_ALL", "C"), List.of("sh", "-c", shell));
    assertEquals("c3 28 ff", result.out().strip());
  }

  @Test
  void endsBySignalsAsTheCommandDoes() throws Exception {
    Process process = new ProcessBuilder(Onemalloc.command("run", "--", "sleep", "60")).start();
    awaitName(process.pid(), "sleep");
    process.destroy();
    assertEquals(143, process.waitFor());
  }

  @Test
  void leavesBlockedAndIgnoredSignals() throws Exception {
    List<String> command = List.of("grep", "-E", "Sig(Blk|Ign)", "/proc/self/status");
    List<String> run = new ArrayList<>(Onemalloc.command("run"));
    run.addAll(command);
    assertEquals(standardSignals(command), standardSignals(run));
  }

  /**
   * Returns the signal masks without the real-time signals, of which the C library reserves two.
   */
  private static List<Long> standardSignals(List<String> command) throws Exception {
    return Onemalloc.run(Map.of(), command)
        .out()
        .lines()
        .map(line -> Long.parseUnsignedLong(line.substring(8).strip(), 16) & 0x7fff_ffffL)
        .toList();
  }

  @Test
  void keepsInheritedDescriptorsAndOpensNone() throws Exception {
    Path file = Files.writeString(folder.resolve("inherited"), "inherited");
    String shell =
        String.join(" ", Onemalloc.command("run", "--", "sh", "-c"))
            + " 'cat <&5; ls /proc/$$/fd; :' 5<"
            + file;
    Result result = Onemalloc.run(Map.of(), List.of("sh", "-c", shell));
    assertEquals("inherited0\n1\n2\n5", result.out().strip(), result.err());
  }

  @Test
  void leavesTheLimitOfOpenFiles() throws Exception {
    String shell =
        "ulimit -Sn 200; "
            + String.join(" ", Onemalloc.command("run", "sh", "-c"))
            + " 'ulimit -Sn'";
    assertEquals("200", Onemalloc.run(Map.of(), List.of("sh", "-c", shell)).out().strip());
  }

  @Test
  void keepsAnExistingPreloadBehindOurs() throws Exception {
    Tools.requireLibrary("tcmalloc", "libtcmalloc_minimal.so.4");
    Result result =
        Onemalloc.run(
            Map.of("LD_PRELOAD", "libtcmalloc_minimal.so.4"),
            Onemalloc.command("run", "printenv", "LD_PRELOAD"));
    assertTrue(
        result.out().matches("/[^:]*mimalloc[^:]*:/[^:]*dlopen[^:]*:libtcmalloc_minimal.so.4\n"),
        result.out());
  }

  @Test
  void takesOutWhatAnOuterRunPreloaded() throws Exception {
    List<String> outer = new ArrayList<>(Onemalloc.command("run", "-a", "jemalloc@bundled", "--"));
    outer.addAll(Onemalloc.command("run", "printenv", "LD_PRELOAD"));
    Result result = Onemalloc.run(Map.of(), outer);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().matches("/[^:]*mimalloc[^:]*:[^:]*dlopen[^:]*\n"), result.out());
  }

  @Test
  void refusesAPreloadThatNoProgramSurvivesBesideTheAllocator() throws Exception {
    Path library =
        Tools.compile(
            folder,
            "libclash.so",
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdlib.h>
            #include <string.h>
            __attribute__((constructor)) static void clash(void) {
              Dl_info info;
              dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info);
              if (strstr(info.dli_fname, "mimalloc") != NULL) abort();
            }
            """,
            "-shared",
            "-fPIC",
            "-ldl");
    refusedBeside(library, "signal 6");
  }

  @Test
  void refusesLibfaketimeBesideMimalloc() throws Exception {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");
    assumeTrue(Files.exists(library), "libfaketime is not installed");
    refusedBeside(library, "ends by signal");
  }

  private static void refusedBeside(Path library, String how) throws Exception {
    Result result =
        Onemalloc.run(
            Map.of("LD_PRELOAD", library.toString()), Onemalloc.command("run", "--", "echo", "on"));
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertTrue(result.err().contains(library + ", and together with"), result.err()),
        () -> assertTrue(result.err().contains(how), result.err()),
        () -> assertEquals(1, result.err().lines().count(), result.err()),
        () -> assertEquals("", result.out()));
  }

  @Test
  void followsScriptsToTheirInterpreter() throws Exception {
    Path script =
        Files.writeString(folder.resolve("script"), "#!/usr/bin/env sh\necho $LD_PRELOAD");
    assertTrue(script.toFile().setExecutable(true));
    assertTrue(Onemalloc.run("run", script.toString()).out().contains("mimalloc"));
  }

  @Test
  void refusesAStaticProgram() throws Exception {
    Path program = Tools.compile(folder, "static", "int main(void) { return 0; }", "-static");
    refused(2, "statically linked", program.toString());
  }

  @Test
  void refusesASetuidProgram() throws Exception {
    Path program = Files.copy(Path.of("/bin/true").toRealPath(), folder.resolve("setuid"));
    assertEquals(0, new ProcessBuilder("chmod", "4755", program.toString()).start().waitFor());
    refused(2, "setuid", program.toString());
  }

  @Test
  void refusesAProgramWhoseMallocIsItsOwn() throws Exception {
    Path program =
        Tools.compile(
            folder,
            "own",
            """
            #include <stddef.h>
            static char store[1 << 20];
            static size_t used;
            void *malloc(size_t size) { void *p = store + used; used += (size + 15) & ~15ul; return p; }
            void *calloc(size_t n, size_t size) { return malloc(n * size); }
            void *realloc(void *old, size_t size) { return malloc(size); }
            void free(void *block) {}
            int main(void) { return malloc(8) == 0; }
            """,
            "-fno-builtin");
    refused(1, "malloc", program.toString());
  }

  @Test
  void refusesWhatIsNotThereOrNoProgram() throws Exception {
    refused(2, "not found in PATH", "no-such-program");
    refused(2, "no such file", "/no/such/program");
    refused(2, "not an executable file", folder.toString());
    Path text = Files.writeString(folder.resolve("data"), "hel\0lo");
    assertTrue(text.toFile().setExecutable(true));
    refused(2, "neither a program nor a script", text.toString());
  }

  @Test
  void refusesALibraryOfAnotherArchitecture() throws Exception {
    String arm64 = "linux/arm64/org/lwjgl/mimalloc/libmimalloc.so";
    Path library = folder.resolve("libmimalloc-arm64.so");
    try (var in = RunTest.class.getClassLoader().getResourceAsStream(arm64)) {
      Files.copy(in, library);
    }
    Result result = Onemalloc.run("run", "-a", library.toString(), "--", "true");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("aarch64"), result.err());
  }

  @Test
  void refusesALibraryWithHolesInTheFamily() throws Exception {
    Path library =
        Tools.compile(
            folder,
            "libhole.so",
            "#include <stddef.h>\nvoid *malloc(size_t n) { return 0; }\nvoid free(void *p) {}",
            "-shared",
            "-fPIC",
            "-fno-builtin");
    Result result = Onemalloc.run("run", "-a", library.toString(), "--", "true");
    assertTrue(result.exitCode() == 1 || result.exitCode() == 2);
    assertTrue(result.err().contains("calloc"), result.err());
  }

  @Test
  void refusesALibraryThatCannotBeLoaded() throws Exception {
    Tools.compile(folder, "libgone.so", "int gone;", "-shared", "-fPIC");
    Path library =
        Tools.compile(
            folder,
            "libneedy.so",
            "extern int gone; int *p(void) { return &gone; }",
            "-shared",
            "-fPIC",
            "-L" + folder,
            "-l:libgone.so");
    Files.delete(folder.resolve("libgone.so"));
    Result result = Onemalloc.run("run", "-a", library.toString(), "--", "true");
    assertTrue(result.exitCode() == 1 || result.exitCode() == 2);
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void refusesALibraryBuiltForSmallerPages() throws Exception {
    Path library =
        Tools.compile(
            folder,
            "libpages.so",
            """
            #include <stdio.h>
            #include <stdlib.h>
            void *malloc(size_t n) { return 0; }
            void *calloc(size_t n, size_t m) { return 0; }
            void *realloc(void *p, size_t n) { return 0; }
            void free(void *p) {}
            void *memalign(size_t a, size_t n) { return 0; }
            void *aligned_alloc(size_t a, size_t n) { return 0; }
            int posix_memalign(void **p, size_t a, size_t n) { return 12; }
            size_t malloc_usable_size(void *p) { return 0; }
            __attribute__((constructor)) static void check(void) {
              fputs("<jemalloc>: Unsupported system page size\\n", stderr);
              abort();
            }
            """,
            "-shared",
            "-fPIC",
            "-fno-builtin");
    Result result = Onemalloc.run("run", "-a", library.toString(), "--", "true");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("page size"), result.err());
  }

  @Test
  void goesOnWithAWarningAtBestEffort() throws Exception {
    Result result =
        Onemalloc.run("run", "--best-effort", "-a", "/no/such/library.so", "--", "echo", "on");
    assertAll(
        () -> assertEquals(0, result.exitCode()),
        () -> assertEquals("on\n", result.out()),
        () -> assertTrue(result.err().contains("warning: "), result.err()));
  }

  private static void refused(int exitCode, String reason, String... command) throws Exception {
    String[] arguments = new String[command.length + 2];
    arguments[0] = "run";
    arguments[1] = "--";
    System.arraycopy(command, 0, arguments, 2, command.length);
    Result result = Onemalloc.run(arguments);
    assertAll(
        () -> assertEquals(exitCode, result.exitCode(), result.err()),
        () -> assertTrue(result.err().contains(reason), result.err()),
        () -> assertEquals(1, result.err().lines().count(), result.err()),
        () -> assertEquals("", result.out()));
  }

  private static void awaitName(long pid, String name) throws IOException, InterruptedException {
    Path comm = Path.of("/proc/" + pid + "/comm");
    for (int i = 0; i < 600; i++) {
      if (Files.readString(comm, StandardCharsets.ISO_8859_1).strip().equals(name)) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError(pid + " has not become " + name);
  }

  private static final String SECOND_NAMES =
      """
      #include <stdio.h>
      #include <stdlib.h>
      void *__libc_malloc(size_t size);
      int main(void) { free(malloc(16)); free(__libc_malloc(100)); puts("survived"); return 0; }
      """;

  @Test
  void refusesWhatInspectKnowsToCrash() throws Exception {
    String program = Tools.compile(folder, "second", SECOND_NAMES, "-fno-builtin").toString();
    Result refused = Onemalloc.run("run", "-a", "mimalloc", "--", program);
    assertEquals(2, refused.exitCode());
    assertEquals("", refused.out());
    assertTrue(refused.err().contains("__libc_malloc is bound to"), refused.err());
    assertTrue(refused.err().contains("--best-effort"), refused.err());
    assertEquals("survived\n", Onemalloc.run("run", "-a", "system", "--", program).out());
    Result tried = Onemalloc.run("run", "-a", "mimalloc", "--best-effort", "--", program);
    assertTrue(tried.exitCode() > 128, "it was started, and ended as the warning says");
  }

  @Test
  void refusesAProgramWhoseFunctionTheAllocatorCallsAndDiesOf() throws Exception {
    String source =
        """
        #include <stdio.h>
        #include <stdlib.h>
        %s
        int main(void) { return puts("started") < 0; }
        """;
    // mimalloc calls sysinfo for the size of the memory when it starts.
    String dies = source.formatted("int sysinfo(void *information) { abort(); }");
    String program = Tools.compile(folder, "dies", dies, "-rdynamic").toString();
    Result refused = Onemalloc.run("run", "-a", "mimalloc", "--", program);
    assertEquals(2, refused.exitCode(), refused.err());
    assertEquals("", refused.out());
    assertTrue(refused.err().contains("function sysinfo of its own"), refused.err());
    assertEquals(0, Onemalloc.run("run", "-a", "jemalloc", "--", program).exitCode());
    String serves = source.formatted("int sysinfo(void *information) { return -1; }");
    program = Tools.compile(folder, "serves", serves, "-rdynamic").toString();
    assertEquals("started\n", Onemalloc.run("run", "-a", "mimalloc", "--", program).out());
  }

  @Test
  void refusesAWrapperWhoseOwnLibraryClashes() throws Exception {
    String constructor =
        """
        #include <stdlib.h>
        #include <string.h>
        __attribute__((constructor)) static void clash(void) {
          const char *preloaded = getenv("LD_PRELOAD");
          if (preloaded && strstr(preloaded, "mimalloc")) abort();
        }
        """;
    Path library = Tools.compile(folder, "libclash.so", constructor, "-shared", "-fPIC");
    String wrapper =
        """
        #include <stdio.h>
        #include <stdlib.h>
        int main(int count, char **words) {
          if (count > 1) setenv("LD_PRELOAD", "%s", 1);
          return puts("started") < 0;
        }
        """
            .formatted(library);
    String program = Tools.compile(folder, "wrapper", wrapper).toString();
    Result refused = Onemalloc.run("run", "-a", "mimalloc", "--", program);
    assertEquals(2, refused.exitCode(), refused.err());
    assertEquals("", refused.out());
    assertTrue(refused.err().contains("preloads " + library), refused.err());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertEquals("started\n", Onemalloc.run("run", "-a", "system", "--", program).out());
  }

  @Test
  void saysWhatIsLostAndGoesOn() throws Exception {
    Map<String, String> environment = Map.of("MALLOC_ARENA_MAX", "2");
    Result result = Onemalloc.run(environment, Onemalloc.command("run", "--", "echo", "on"));
    assertEquals("on\n", result.out());
    assertTrue(result.err().contains("MALLOC_ARENA_MAX=2"), result.err());
  }
}
