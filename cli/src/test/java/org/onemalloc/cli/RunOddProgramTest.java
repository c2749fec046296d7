package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Kind;
import org.onemalloc.cli.Onemalloc.Result;

/** Tests {@code run} with programs that are no ordinary files, and as other users. */
@Tag("slow")
class RunOddProgramTest {
  private static final Set<Kind> FILTERED = Set.of(Kind.MIMALLOC, Kind.JEMALLOC, Kind.TCMALLOC);

  @TempDir Path folder;

  /** Runs a text of bash, in which {@code $run} is {@code onemalloc run --}. */
  private static Result bash(String text) throws Exception {
    String run = String.join(" ", Onemalloc.command("run", "--"));
    return Onemalloc.run(Map.of(), List.of("bash", "-c", "run='" + run + "'; " + text));
  }

  @Test
  void refusesAPipeOnThePath() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", "-m", "700", pipe.toString()).start().waitFor());
    List<String> command = Onemalloc.command("run", "--", "pipe");
    Map<String, String> path = Map.of("PATH", folder + ":" + System.getenv("PATH"));
    Result result = Onemalloc.run(path, command);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("pipe: not found in PATH"), result.err());
    Result shell = Onemalloc.run("run", "--", "timeout", "1", "sh", pipe.toString());
    assertEquals(124, shell.exitCode(), "sh waits for the pipe, run did not: " + shell.err());
  }

  @Test
  void runsAnOpenFile() throws Exception {
    Path program = Files.copy(Path.of("/bin/echo").toRealPath(), folder.resolve("program"));
    for (String name : List.of("/proc/self/fd/9", "/dev/fd/9")) {
      Result result = bash("exec 9<" + program + "; $run " + name + " on");
      assertAll(
          () -> assertEquals(0, result.exitCode(), result.err()),
          () -> assertEquals("on\n", result.out()),
          () -> assertEquals("", result.err()));
    }
    Result removed = bash("exec 9<" + program + "; rm " + program + "; $run /proc/self/fd/9 on");
    assertEquals("on\n", removed.out(), removed.err());
  }

  @Test
  void leavesTheTextOfAShellInItsPipe() throws Exception {
    Result result = bash("$run bash <(echo echo on)");
    assertEquals("on\n", result.out(), result.err());
  }

  /** C and POSIX: 0 at the start of main, and no call sets it that does not fail. */
  @Test
  void errnoIsAsTheProgramLeavesIt() throws Exception {
    String source =
        """
        #include <errno.h>
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        static int wrong;
        static void *allocates(void *number) {
          wrong |= errno;
          errno = 7;
          void *blocks[64];
          for (int i = 0; i < 64; i++) blocks[i] = malloc(16L << (i % 22));
          for (int i = 0; i < 64; i++) free(blocks[i]);
          wrong |= errno ^ 7;
          return number;
        }
        int main(void) {
          wrong |= errno;
          pthread_t thread;
          pthread_create(&thread, 0, allocates, 0);
          pthread_join(thread, 0);
          errno = 0;
          allocates(0);
          printf("%d\\n", wrong);
          return 0;
        }
        """;
    String program = Tools.compile(folder, "errno", source, "-O1", "-pthread").toString();
    for (String name :
        List.of("mimalloc", "mimalloc+tuned", "jemalloc@bundled", "jemalloc+tuned")) {
      Result result = Onemalloc.run("run", "-a", name, "--", program);
      assertEquals("0\n", result.out(), name + result.err());
    }
  }

  /** The filter allows what glibc's malloc calls, and ends the process at madvise and mprotect. */
  @Test
  void aProgramBehindItsOwnFilterGoesOn() throws Exception {
    String source = Files.readString(Path.of("../inspect/src/test/c/hazards/filtered.c"));
    Path program = Tools.compile(folder, "filtered", source, "-O1");
    List<String> names = new ArrayList<>();
    Allocators.ofThisMachine().all().stream()
        .filter(allocator -> FILTERED.contains(allocator.kind()))
        .forEach(allocator -> names.add(allocator.qualifiedName()));
    assertTrue(names.contains("mimalloc@bundled"), names + "");
    names.addAll(List.of("mimalloc+tuned", "jemalloc+tuned"));
    for (String name : names) {
      Result result = Onemalloc.run("run", "-v", "-a", name, "--", program.toString(), "only then");
      assertAll(
          () -> assertEquals(0, result.exitCode(), name + result.err()),
          () -> assertEquals("done\n", result.out()),
          () -> assertTrue(result.err().contains("can install a filter"), result.err()));
    }
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n" + program + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String before : List.of("nice", "sh -c", "sh", "")) {
      Path named = before.isEmpty() || before.equals("sh") ? script : program;
      List<String> words = new ArrayList<>(List.of("run", "--"));
      words.addAll(List.of((before + " " + named).strip().split(" ", -1)));
      Result result = Onemalloc.run(words.toArray(String[]::new));
      assertEquals("done\n", result.out(), before + result.err());
    }
    Result other = Onemalloc.run("run", "-v", "--", "timeout", "9", "true");
    assertFalse(other.err().contains("can install a filter"), other.err());
    assertEquals(0, Onemalloc.run("link", "-a", "mimalloc", "--tuned", program + "").exitCode());
    assertEquals("done\n", Onemalloc.run(Map.of(), List.of(program.toString())).out());
  }

  @Test
  void refusesAProgramThatAllocatesWhileItIsRelocated() throws Exception {
    String allocating =
        """
        #include <stdlib.h>
        static int one(void) { return 0; }
        static int (*choose(void))(void) { free(%s); return one; }
        int chosen(void) __attribute__((ifunc("choose")));
        int main(void) { return chosen(); }
        """;
    Path program = Tools.compile(folder, "early", allocating.formatted("malloc(100)"), "-O0");
    for (String name : List.of("mimalloc", "jemalloc@bundled")) {
      Result result = Onemalloc.run("run", "-a", name, "--", program.toString());
      assertAll(
          () -> assertEquals(2, result.exitCode(), result.err()),
          () -> assertTrue(result.err().contains("(IFUNC)"), result.err()));
    }
    Path quiet = Tools.compile(folder, "quiet", allocating.formatted("0"), "-O0");
    assertEquals(0, Onemalloc.run("run", "-a", "mimalloc", "--", quiet + "").exitCode());
  }

  /** The kernel lets only a process with one thread enter another namespace of users. */
  @Test
  void aProgramThatChangesItsNamespacesHasOneThread() throws Exception {
    String unshare =
        """
        #define _GNU_SOURCE
        #include <sched.h>
        #include <stdio.h>
        int main(void) { perror("unshare"); return unshare(CLONE_NEWUSER) ? 1 : 0; }
        """;
    Path program = Tools.compile(folder, "unshares", unshare);
    assumeTrue(Onemalloc.run(Map.of(), List.of(program + "")).exitCode() == 0, "not permitted");
    Result result = Onemalloc.run("run", "-a", "jemalloc+tuned", "--", program.toString());
    assertEquals(0, result.exitCode(), result.err());
  }

  /** A reason for each library of chromium were 16 KB. */
  @Test
  void aRefusalHasAFewReasons() throws Exception {
    List<String> libraries = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      String source = "#include <stdlib.h>\nvoid *make%d(void) { return malloc(1); }".formatted(i);
      libraries.add(
          Tools.compile(folder, "lib%d.so".formatted(i), source, "-shared", "-fPIC") + "");
    }
    libraries.add("-rdynamic");
    libraries.add("-Wl,--no-as-needed");
    String own =
        "#include <stddef.h>\nstatic char room[99];\nvoid *malloc(size_t n) { return room; }\n";
    Path program =
        Tools.compile(
            folder,
            "own",
            own + "void free(void *p) {}\nint main(void) { return 0; }",
            libraries.reversed().toArray(String[]::new));
    Result result = Onemalloc.run("run", "-a", "mimalloc", "--", program.toString());
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertTrue(result.err().matches("(?s).* and \\d more, which --best-effort prints.*")),
        () -> assertTrue(result.err().length() < 1500, result.err()));
  }

  @Test
  void saysThatANameIsNotInUtf8() throws Exception {
    Result named = bash("cd " + folder + "; cp /bin/echo $'p\\xff'; $run ./$'p\\xff'");
    assertEquals(2, named.exitCode());
    assertTrue(named.err().contains("is not a name in UTF-8: rename the file"), named.err());
  }

  @Test
  void refusesAUserWhoCannotReadTheLibrary() throws Exception {
    Tools.require("setpriv");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root becomes another user");
    Path cache = folder.resolve("cache");
    Files.createDirectory(cache);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(Onemalloc.command("run", "--"));
    command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    command.addAll(List.of("cat", "/proc/self/maps"));
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", cache.toString());
    Result result = Onemalloc.run(environment, command);
    assertAll(
        () -> assertEquals(2, result.exitCode(), result.err()),
        () -> assertEquals("", result.out()),
        () -> assertEquals(1, result.err().lines().count(), result.err()),
        () -> assertTrue(result.err().contains("65534, who cannot read " + cache), result.err()));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Result readable = Onemalloc.run(environment, command);
    assertEquals(0, readable.exitCode(), readable.err());
    assertTrue(readable.out().contains(cache + "/onemalloc/libonemalloc-mimalloc"));
    try (var files = Files.newDirectoryStream(cache.resolve("onemalloc"), "*-dlopen-*")) {
      Files.setPosixFilePermissions(
          files.iterator().next(), PosixFilePermissions.fromString("rw-------"));
    }
    Result half = Onemalloc.run(environment, command);
    assertEquals(2, half.exitCode(), half.out());
    assertTrue(half.err().contains("without which what it opens"), half.err());
  }

  /** php opens its extensions with RTLD_DEEPBIND, and they free what strdup of libc gave them. */
  @Test
  void runsAProgramWhosePluginsAreOpenedDeeply() throws Exception {
    Tools.require("php");
    for (String allocator : List.of("mimalloc", "jemalloc@bundled")) {
      Result result =
          Onemalloc.run(
              "run", "-a", allocator, "--", "php", "-r", "echo extension_loaded('pdo'), \"on\";");
      assertAll(
          () -> assertEquals(0, result.exitCode(), allocator + ": " + result.err()),
          () -> assertEquals("1on", result.out()));
    }
  }

  /** LWJGL's mimalloc calls its own functions by names that any library before it can answer. */
  @Test
  void runsAProgramThatOpensAMimallocOfItsOwn() throws Exception {
    Path second = folder.resolve("libmimalloc.so");
    String resource = "linux/x64/org/lwjgl/mimalloc/libmimalloc.so";
    try (var in = RunOddProgramTest.class.getClassLoader().getResourceAsStream(resource)) {
      Files.copy(in, second);
    }
    Path program =
        Tools.compile(
            folder,
            "two",
            """
            #include <dlfcn.h>
            #include <stdlib.h>
            int main(int argc, char **argv) {
              void *second = dlopen(argv[1], RTLD_NOW | (argc == 2 ? RTLD_LOCAL : RTLD_GLOBAL));
              void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(second, "mi_malloc");
              void (*release)(void *) = (void (*)(void *))dlsym(second, "mi_free");
              for (size_t i = 0; i < 10000; i++) {
                void *its = allocate(i);
                void *ours = malloc(i);
                release(its);
                free(ours);
              }
              return 7;
            }
            """,
            "-ldl");
    for (String allocator : List.of("mimalloc", "jemalloc@bundled")) {
      for (List<String> scope : List.of(List.<String>of(), List.of("global"))) {
        List<String> command = new ArrayList<>(Onemalloc.command("run", "-a", allocator, "--"));
        command.addAll(List.of(program.toString(), second.toString()));
        command.addAll(scope);
        assertEquals(7, Onemalloc.run(Map.of(), command).exitCode(), command.toString());
      }
    }
  }
}
