package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests that {@code run} treats a program behind a wrapper as it treats the same program without
 * one.
 */
@Tag("slow")
class RunBehindTest {
  @TempDir Path folder;

  private static Result run(String allocator, String wrapper, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of("run", "-a", allocator, "--"));
    if (!wrapper.isEmpty()) {
      words.addAll(List.of(wrapper.split(" ", -1)));
    }
    words.addAll(List.of(command));
    return Onemalloc.run(words.toArray(String[]::new));
  }

  /** Requires a refusal with the same reason as without the wrapper. */
  private static void refusedAsWithout(String allocator, String wrapper, String program)
      throws Exception {
    Result direct = run(allocator, "", program);
    Result behind = run(allocator, wrapper, program);
    String reason = direct.err().split("[;:] ", 3)[1];
    assertAll(
        () -> assertEquals(2, direct.exitCode(), direct.err()),
        () -> assertEquals(2, behind.exitCode(), behind.err()),
        () -> assertEquals("", behind.out()),
        () -> assertEquals(1, behind.err().lines().count(), behind.err()),
        () -> assertTrue(behind.err().contains(reason), behind.err() + reason));
  }

  private String program(String name, String source, String... flags) throws Exception {
    return Tools.compile(folder, name, source, flags).toString();
  }

  private static final String SECOND_NAMES =
      """
      #include <stdlib.h>
      void *__libc_malloc(size_t size);
      int main(void) { free(malloc(16)); free(__libc_malloc(100)); return 0; }
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {"nice", "env X=1", "timeout 99", "nice -n 1 timeout 99 env X=1", "sh -c \"$0\""})
  void refusesAUserOfLibcsOwnNames(String wrapper) throws Exception {
    refusedAsWithout("mimalloc", wrapper, program("second", SECOND_NAMES, "-fno-builtin"));
  }

  @Test
  void refusesAFreeOfABlockFromMallocx() throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    String source =
        """
        #include <stdlib.h>
        void *mallocx(size_t size, int flags);
        int main(void) { free(mallocx(100, 0)); return 0; }
        """;
    String program = program("mallocx", source, "-l:libjemalloc.so.2");
    refusedAsWithout("mimalloc", "nice", program);
    assertEquals(0, run("jemalloc", "nice", program).exitCode());
  }

  @Test
  void refusesASanitizer() throws Exception {
    String source = "int main(void) { return 0; }";
    refusedAsWithout("mimalloc", "nice", program("asan", source, "-fsanitize=address"));
  }

  @Test
  void refusesAMallocOfItsOwn() throws Exception {
    String own =
        """
        #include <stddef.h>
        static char store[1 << 20];
        static size_t used;
        void *malloc(size_t size) { void *p = store + used; used += (size + 15) & ~15ul; return p; }
        void *calloc(size_t n, size_t size) { return malloc(n * size); }
        void *realloc(void *old, size_t size) { return malloc(size); }
        void free(void *block) {}
        int main(void) { return malloc(8) == 0; }
        """;
    refusedAsWithout("mimalloc", "nice", program("own", own, "-fno-builtin"));
  }

  @Test
  void refusesAFunctionThatTheAllocatorDiesOf() throws Exception {
    String dies =
        "#include <stdlib.h>\nint sysinfo(void *i) { abort(); }\nint main(void) { return 0; }";
    refusedAsWithout("mimalloc", "env X=1", program("dies", dies, "-rdynamic"));
  }

  @Test
  void refusesAPrivilegedProgram() throws Exception {
    refusedAsWithout("mimalloc", "nice", Tools.anothersSetuid(folder));
  }

  /** Debian's su takes variables from there; runuser does not. */
  @Test
  void refusesSuWhereTheSystemSetsAnotherPreload() throws Exception {
    assumeTrue(Tools.isRoot(), "only root mounts");
    Path variables = Files.writeString(folder.resolve("environment"), "LD_PRELOAD=/x.so\n");
    String run = String.join(" ", Onemalloc.command("run", "--"));
    String mounted = "mount --bind " + variables + " /etc/environment && " + run;
    List<String> inside = List.of("unshare", "-m", "sh", "-c");
    List<String> words = new ArrayList<>(inside);
    words.add(mounted + " su nobody -s /bin/sh -c true");
    Result refused = Onemalloc.run(Map.of(), words);
    assertEquals(2, refused.exitCode(), refused.out() + refused.err());
    assertTrue(refused.err().contains("from /etc/environment"), refused.err());
    words.set(inside.size(), mounted + " runuser -u nobody true");
    Result other = Onemalloc.run(Map.of(), words);
    assertEquals(0, other.exitCode(), other.out() + other.err());
  }

  /** For the user that the wrapper changes to, root's own set-user-ID program elevates rights. */
  @Test
  void refusesAProgramThatIsPrivilegedForAnotherUser() throws Exception {
    assumeTrue(Tools.isRoot(), "only root becomes another user");
    String program = Tools.setuid(folder).toString();
    for (String[] command :
        new String[][] {
          {"setpriv", "--reuid=65534", "--clear-groups", program},
          {"su", "nobody", "-s", "/bin/sh", "-c", program},
          {"nice", "runuser", "-u", "nobody", "nice", program}
        }) {
      List<String> words = new ArrayList<>(List.of("run", "--"));
      words.addAll(List.of(command));
      Result result = Onemalloc.run(words.toArray(String[]::new));
      assertEquals(2, result.exitCode(), result.out());
      assertTrue(result.err().contains(program + " is setuid or setgid"), result.err());
    }
    assertEquals(0, Onemalloc.run("run", "--", "nice", program).exitCode());
  }

  /** setpriv of util-linux 2.41 has --seccomp-filter, and seldom gets it. */
  @Test
  void warnsOfAFilterOnlyWhereAnOptionOfTheWrapperAsksForIt() throws Exception {
    String setpriv =
        program(
            "setpriv",
            """
            #include <stdlib.h>
            #include <sys/prctl.h>
            #include <unistd.h>
            int main(int count, char **words) {
              if (getenv("FILTER")) {
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                prctl(PR_SET_SECCOMP, 2, 0);
              }
              return execvp(words[2], words + 2);
            }
            """);
    Result without = run("mimalloc", setpriv, "--no-new-privs", "true");
    assertEquals(0, without.exitCode(), without.err());
    assertEquals("", without.err());
    Result with = run("mimalloc", setpriv, "--seccomp-filter=none", "true");
    assertEquals(0, with.exitCode(), with.err());
    assertTrue(with.err().contains("can install a filter of system calls"), with.err());
  }

  /** What the shell starts has more words than the shell was given. */
  @Test
  void runsWhatAShellStartsUnderAnotherName() throws Exception {
    Result result = run("mimalloc", "", "bash", "-c", "exec -a other printf '%s %s' one two");
    assertEquals("one two", result.out(), result.err());
  }

  @Test
  void refusesAStaticProgramOnTheSystemsMallocToo() throws Exception {
    String program = program("static", "int main(void) { return 0; }", "-static");
    refusedAsWithout("system", "nice", program);
  }

  @Test
  void refusesADirectoryOfVariablesThatRemovesThePreload() throws Exception {
    Path envdir = Files.copy(Path.of("/bin/true").toRealPath(), folder.resolve("envdir"));
    Path variables = Files.createDirectory(folder.resolve("variables"));
    Files.writeString(variables.resolve("A"), "1");
    String[] command = {variables.toString(), "/bin/true"};
    assertEquals(0, run("mimalloc", envdir.toString(), command).exitCode());
    Files.createFile(variables.resolve("LD_PRELOAD"));
    Result result = run("mimalloc", envdir.toString(), command);
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("starts /bin/true without LD_PRELOAD"), result.err());
  }

  @Test
  void runsAProgramThatIsLinkedWithTheSameAllocator() throws Exception {
    Subjects subjects = new Subjects(Files.createDirectory(folder.resolve("subjects")));
    String program = subjects.command(Subjects.Subject.LINKED, "mimalloc").getFirst();
    for (String wrapper : List.of("nice", "env X=1 timeout 99", "sh -c \"$0\"")) {
      Result result = run("mimalloc", wrapper, program);
      assertEquals(0, result.exitCode(), result.err());
      assertEquals("", result.err());
      String[] words = result.out().strip().split(" ", -1);
      assertTrue(words[1].endsWith("/onemalloc/libmimalloc.so"), result.out());
      assertEquals(words[1], words[2]);
    }
    refusedAsWithout("jemalloc@bundled", "nice", program);
    assertEquals(0, Onemalloc.run("run", "-a", "system", "--", "nice", "true").exitCode());
  }

  /** The loader is asked with the environment that the wrapper makes. */
  @Test
  void followsTheVariablesOfEnv() throws Exception {
    Path good = Files.createDirectory(folder.resolve("good"));
    Path bad = Files.createDirectory(folder.resolve("bad"));
    Tools.compile(good, "libneeded.so", "int needed = 7;", "-shared", "-fPIC");
    String dies = "#include <stdlib.h>\nint needed = 7; int sysinfo(void *i) { abort(); }";
    Tools.compile(bad, "libneeded.so", dies, "-shared", "-fPIC");
    String source = "extern int needed; int main(void) { return needed; }";
    String program = program("needs", source, "-L" + good, "-l:libneeded.so");
    Result found = run("mimalloc", "env LD_LIBRARY_PATH=" + good, program);
    assertEquals(7, found.exitCode(), found.err());
    Result refused = run("mimalloc", "nice env LD_LIBRARY_PATH=" + bad, program);
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("function sysinfo of its own"), refused.err());
  }

  @Test
  void warnsOnceOfWhatIsLost() throws Exception {
    Map<String, String> environment = Map.of("MALLOC_ARENA_MAX", "2");
    Result result =
        Onemalloc.run(environment, Onemalloc.command("run", "--", "nice", "env", "echo", "on"));
    assertEquals("on\n", result.out(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    Result behind = run("mimalloc", "env MALLOC_ARENA_MAX=2", "echo", "on");
    assertTrue(behind.err().contains("MALLOC_ARENA_MAX=2"), behind.err());
  }

  @Test
  void saysWhatWasProvenOfEachProgram() throws Exception {
    String java = Onemalloc.java();
    Result result = Onemalloc.run("run", "-v", "--", "nice", java, "-version");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().contains("/nice: The loader binds all"), result.err());
    assertTrue(result.err().contains("/java: The loader binds all"), result.err());
  }

  @Test
  void goesOnWithALineForEachReasonAtBestEffort() throws Exception {
    assumeTrue(Files.exists(Path.of("/bin/true")), "there is no /bin/true");
    String program = program("second", SECOND_NAMES, "-fno-builtin");
    Result tried = Onemalloc.run("run", "--best-effort", "--", "nice", program);
    assertTrue(tried.exitCode() > 128, tried.err());
    assertTrue(
        tried.err().lines().allMatch(line -> line.startsWith("onemalloc: warning: ")), tried.err());
  }
}
