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
  void passesOverALibraryOfTheUserThatIsNotThere() throws Exception {
    Result result =
        Onemalloc.run(
            Map.of("LD_PRELOAD", "/no/such/library.so"),
            Onemalloc.command("run", "--", "echo", "on"));
    assertEquals("on\n", result.out(), result.err());
    assertEquals(0, result.exitCode());
    assertTrue(result.err().contains("cannot be preloaded"), "the loader's own words");
  }

  @Test
  void aCommandInARunMakesItsOwnChoice() throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    for (String inner : List.of("system", "mimalloc")) {
      List<String> outer = new ArrayList<>(Onemalloc.command("run", "-a", "jemalloc+tuned", "--"));
      outer.addAll(Onemalloc.command("run", "-a", inner, "env"));
      Result result = Onemalloc.run(Map.of("MALLOC_CONF", "narenas:3"), outer);
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(!result.out().contains("jemalloc"), result.out());
      assertTrue(result.out().contains("MALLOC_CONF=narenas:3\n"), result.out());
      assertEquals(inner.equals("mimalloc"), result.out().contains("LD_PRELOAD="), result.out());
    }
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
  void refusesASetuidProgramOfAnotherUser() throws Exception {
    refused(2, "setuid", Tools.anothersSetuid(folder));
  }

  /** It gives its owner no other rights: root starts servers by su. */
  @Test
  void runsASetuidProgramOfTheSameUser() throws Exception {
    String program = Tools.setuid(folder).toString();
    assertEquals(0, Onemalloc.run("run", "--", program).exitCode());
    if (Tools.isRoot()) {
      String show = "cat /proc/self/maps";
      Result result = Onemalloc.run("run", "--", "su", "nobody", "-s", "/bin/sh", "-c", show);
      assertTrue(result.out().contains("/libonemalloc-mimalloc-"), result.out() + result.err());
    }
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
    refused(2, "malloc", program.toString());
  }

  @Test
  void refusesWhatIsNotThereOrNoProgram() throws Exception {
    refused(2, "not found in PATH", "no-such-program");
    refused(2, "no such file", "/no/such/program");
    refused(2, "is a directory, not a program", folder.toString());
    refused(2, "is a directory, not a program", ".");
    refused(2, "is a device, a pipe or a socket", "/dev/null");
    String pipe = folder.resolve("pipe").toString();
    assertEquals(0, new ProcessBuilder("mkfifo", "-m", "700", pipe).start().waitFor());
    refused(2, "is a device, a pipe or a socket", pipe);
    Path text = Files.writeString(folder.resolve("data"), "hel\0lo");
    assertTrue(text.toFile().setExecutable(true));
    refused(2, "neither a program nor a script", text.toString());
  }

  @Test
  void saysWhatIsNoProgram() throws Exception {
    Path library = Tools.compile(folder, "library.so", "int one;", "-shared", "-fPIC");
    refused(2, "is a shared library, not a program", library.toString());
    Path object = Tools.compile(folder, "object.o", "int one;", "-c");
    assertTrue(object.toFile().setExecutable(true));
    refused(2, "is an object file, not a program", object.toString());
    for (String loader : List.of("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")) {
      if (Files.exists(Path.of(loader))) {
        refused(2, "is the dynamic loader", loader, "/bin/true");
      }
    }
  }

  @Test
  void knowsGlibcWhateverItsLoaderIsCalled() throws Exception {
    Path real = Path.of("/lib64/ld-linux-x86-64.so.2");
    assumeTrue(Files.exists(real), "not x86-64");
    Path loader = Files.createSymbolicLink(folder.resolve("ld.so"), real);
    String flag = "-Wl,--dynamic-linker=" + loader;
    String source = "int main(void) { return 0; }";
    String program = Tools.compile(folder, "renamed", source, flag).toString();
    assertEquals(0, Onemalloc.run("run", "--", program).exitCode());
    Files.delete(loader);
    refused(2, "there is no such program", program);
  }

  @Test
  void refusesWhatKeepsThePreloadFromTheProgram() throws Exception {
    Tools.require("setpriv");
    Path script = Files.writeString(folder.resolve("clear"), "#!/usr/bin/env -S -i true\n");
    assertTrue(script.toFile().setExecutable(true));
    List<List<String>> commands =
        List.of(
            List.of("env", "-i", "true"),
            List.of("env", "-", "true"),
            List.of("env", "-u", "LD_PRELOAD", "true"),
            List.of("env", "LD_PRELOAD=/x.so", "true"),
            List.of("setpriv", "--reset-env", "true"),
            List.of("bash", "-c", "exec -c true"),
            List.of("nice", "timeout", "9", "env", "-i", "true"),
            List.of("sh", "-c", "exec env -i true"),
            List.of(script.toString()),
            List.of("nice", script.toString()));
    for (List<String> command : commands) {
      refused(2, "starts true without LD_PRELOAD", command.toArray(String[]::new));
    }
    refused(2, "starts a program without LD_PRELOAD", "nice", "runuser", "-l", "nobody");
    refused(2, "Under the root directory " + folder, "chroot", folder.toString(), "true");
    assertEquals(0, Onemalloc.run("run", "-a", "system", "--", "env", "-i", "true").exitCode());
    assertEquals(0, Onemalloc.run("run", "--best-effort", "--", "env", "-i", "true").exitCode());
    assertEquals(0, Onemalloc.run("run", "--", "chroot", "/", "true").exitCode());
  }

  @Test
  void warnsOfAShellsTextThatMayLoseThePreload() throws Exception {
    Result text = Onemalloc.run("run", "--", "sh", "-c", "true; env -i true");
    assertEquals(0, text.exitCode(), text.err());
    assertTrue(text.err().contains("line 1, starts a program without LD_PRELOAD"), text.err());
    Path script = Files.writeString(folder.resolve("script"), "true\nnice su - root -c true\n");
    Result file = Onemalloc.run("run", "--", "sh", script.toString());
    assertTrue(file.err().contains("line 2, starts a program without LD_PRELOAD"), file.err());
  }

  @Test
  void refusesAProgramBehindAnotherThatNothingCanBePreloadedInto() throws Exception {
    String source = "int main(void) { return 0; }";
    String program = Tools.compile(folder, "inside", source, "-static").toString();
    refused(2, "statically linked", "nice", program);
    refused(2, "statically linked", "sh", "-c", "exec " + program);
    String other = "-Wl,--dynamic-linker=/lib/ld64-uClibc.so.1";
    Path foreign =
        Tools.compile(folder, "uclibc", "void _start(void) {}", "-nostdlib", "-pie", other);
    refused(2, "neither glibc's loader nor musl's", foreign.toString());
    refused(2, "neither glibc's loader nor musl's", "nice", foreign.toString());
    Path script = Files.writeString(folder.resolve("m"), "#!" + foreign + "\n");
    assertTrue(script.toFile().setExecutable(true));
    refused(2, "neither glibc's loader nor musl's", "env", "A=b", script.toString());
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
    String[] arguments = new String[command.length + 1];
    arguments[0] = "run";
    System.arraycopy(command, 0, arguments, 1, command.length);
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

  /** A library before libc in the order of the loader; the allocator's calls bind to it too. */
  private String withLibrary(String name, String function) throws Exception {
    String source = "#include <stdlib.h>\n#include <stddef.h>\n" + function + "\nint used;\n";
    String library = "lib" + name + ".so";
    Tools.compile(folder, library, source, "-shared", "-fPIC", "-fno-builtin");
    return Tools.compile(
            folder,
            name,
            "#include <stdio.h>\nextern int used;\nint main(void) { used = puts(\"started\"); return 0; }",
            "-L" + folder,
            "-l:" + library,
            "-Wl,-rpath,$ORIGIN")
        .toString();
  }

  @Test
  void refusesALibraryWhoseFunctionTheAllocatorCallsAndDiesOf() throws Exception {
    String start = withLibrary("start", "int sysinfo(void *information) { abort(); }");
    refused(2, "libstart.so has a function sysinfo of its own", "-a", "mimalloc", start);
    // mimalloc calls madvise or munmap only when it gives memory back.
    String later =
        withLibrary(
            "later",
            "int madvise(void *p, size_t n, int how) { abort(); }"
                + " int munmap(void *p, size_t n) { abort(); }");
    refused(2, "a trial start ends by signal 6", "-a", "mimalloc", later);
    String hangs = withLibrary("hangs", "int munmap(void *p, size_t n) { return 0; }");
    Result warned = Onemalloc.run("run", "-a", "mimalloc", "--", hangs);
    assertEquals("started\n", warned.out(), warned.err());
    assertTrue(warned.err().contains("it allocated in a trial start"), warned.err());
  }

  /** The loader takes a needed library with a relative path from the working directory. */
  @Test
  void findsANeededLibraryByARelativePath() throws Exception {
    String library = "int one(void) { return 1; }";
    Tools.compile(folder, "libone.so", library, "-shared", "-fPIC", "-Wl,-soname,./libone.so");
    String source = "int one(void); int main(void) { return one() + 6; }";
    String program =
        Tools.compile(folder, "relative", source, folder.resolve("libone.so").toString())
            .toString();
    List<String> run = Onemalloc.command("run", "--", program);
    List<String> there = new ArrayList<>(List.of("env", "-C", folder.toString()));
    there.addAll(run);
    Result result = Onemalloc.run(Map.of(), there);
    assertEquals(7, result.exitCode(), result.err());
  }

  @Test
  void saysNothingOfFunctionsThatATrialShows() throws Exception {
    String program = withLibrary("reads", "char *getenv(const char *name) { return 0; }");
    Result run = Onemalloc.run("run", "-a", "mimalloc", "--", program);
    assertEquals("started\n", run.out(), run.err());
    assertEquals("", run.err());
    // bash has a getenv of its own.
    assertEquals("", Onemalloc.run("run", "--", "bash", "-c", "true").err());
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
