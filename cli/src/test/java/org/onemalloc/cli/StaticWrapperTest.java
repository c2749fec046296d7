package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/**
 * Tests that a statically linked wrapper, such as container images have, is passed over: what it
 * starts is on the allocator, and judged.
 */
@Tag("slow")
class StaticWrapperTest {
  /** Prints the file that its malloc comes from. */
  private static final String WHO =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <unistd.h>
      int main(void) {
        Dl_info info;
        dladdr((void *) malloc, &info);
        puts(info.dli_fname);
        free(malloc(1 << 16));
        return usleep(400000);
      }
      """;

  /** Executes what follows its first argument, as gosu does. */
  private static final String GOSU =
      """
      #include <stdlib.h>
      #include <unistd.h>
      int main(int count, char **words) {
        free(malloc(1 << 16));
        return count < 3 ? 0 : execvp(words[2], words + 2);
      }
      """;

  /** Has the name of a wrapper, starts another program as one, and works itself. */
  private static final String NICE =
      """
      #include <stdlib.h>
      #include <string.h>
      #include <sys/wait.h>
      #include <unistd.h>
      int main(int count, char **words) {
        char *mine = malloc(64 << 20);
        memset(mine, 1, 64 << 20);
        pid_t child = fork();
        if (child == 0) {
          execvp(words[1], words + 1);
        }
        waitpid(child, 0, 0);
        sleep(mine[1 << 20]);
        return 0;
      }
      """;

  @TempDir Path folder;
  private String who;

  @BeforeEach
  void compile() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    who = Tools.compile(folder, "who", WHO).toString();
  }

  private String gosu() throws Exception {
    return Tools.compile(folder, "gosu", GOSU, "-static").toString();
  }

  private static Result run(String... command) throws Exception {
    return on("run", "-a", "mimalloc", command);
  }

  private static Result compare(String... command) throws Exception {
    return on("compare", "-n1", "-asystem,mimalloc", command);
  }

  private static Result on(String one, String two, String three, String... command)
      throws Exception {
    List<String> words = new ArrayList<>(List.of(one, two, three, "--"));
    words.addAll(List.of(command));
    return Onemalloc.run(words.toArray(String[]::new));
  }

  private static void served(Result result) {
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.err()),
        () -> assertEquals("", result.err()),
        () -> assertTrue(result.out().contains("/libonemalloc-mimalloc-"), result.out()));
  }

  @Test
  void putsWhatItStartsOnTheAllocator() throws Exception {
    served(run(gosu(), "nobody", who));
    served(run("nice", gosu(), "nobody", "sh", "-c", who));
  }

  @Test
  void refusesAStaticProgramBehindIt() throws Exception {
    String end = Tools.compile(folder, "end", GOSU, "-static").toString();
    for (Result result :
        List.of(run(gosu(), "nobody", end), run("nice", gosu(), "nobody", end), run(gosu()))) {
      assertEquals(2, result.exitCode(), result.err());
      assertTrue(result.err().contains("is statically linked"), result.err());
    }
  }

  @Test
  void refusesADamagedFileWithItsName() throws Exception {
    Path damaged = Files.writeString(folder.resolve("gosu"), "\u007fELF and no more");
    assertTrue(damaged.toFile().setExecutable(true));
    Result result = run(damaged.toString(), "nobody", who);
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("is not a program that Linux runs"), result.err());
  }

  @Test
  void refusesALossBehindIt() throws Exception {
    Result result = run(gosu(), "nobody", "env", "-i", who);
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("env -i starts"), result.err());
  }

  /** Only what is a wrapper inside of busybox starts another program. */
  @Test
  void refusesAnOtherProgramInsideOfAStaticBusybox() throws Exception {
    String busybox = Tools.compile(folder, "busybox", GOSU, "-static").toString();
    Result result = run(busybox, "cat", "/dev/null");
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("busybox is statically linked"), result.err());
  }

  /** Images have links to busybox under the names of what is inside. */
  @Test
  void passesOverALinkToAStaticBusybox() throws Exception {
    String busybox =
        """
        #include <stdlib.h>
        #include <unistd.h>
        int main(int count, char **words) {
          free(malloc(1 << 16));
          usleep(50000);
          return count < 3 ? 0 : execvp(words[2], words + 2);
        }
        """;
    Path file = Tools.compile(folder, "busybox", busybox, "-static");
    String timeout = Files.createSymbolicLink(folder.resolve("timeout"), file).toString();
    served(run(timeout, "9", who));
    Result result = compare("sh", "-c", timeout + " 9 " + who);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(!result.out().contains("not proven"), result.out());
  }

  /** A static glibc removes LD_PRELOAD from an environment that it does not trust. */
  @Test
  void refusesAStaticWrapperWithMoreRights() throws Exception {
    assumeTrue(Tools.isRoot(), "only root makes such a program");
    Path gosu = Path.of(gosu());
    Files.setAttribute(gosu, "unix:uid", 65534);
    Files.setAttribute(gosu, "unix:mode", 04755);
    Result result = run(gosu.toString(), "nobody", who);
    assertEquals(2, result.exitCode(), result.out());
    assertTrue(result.err().contains("is setuid or setgid"), result.err());
  }

  @Test
  void countsARunThatBecomesAnotherProgram() throws Exception {
    String again = "AGAIN=1 exec " + gosu() + " nobody \"$0\" \"$@\"\n";
    String script = "#!/bin/sh\n[ -z $AGAIN ] || exec \"$@\"\n" + again;
    Path entry = Files.writeString(folder.resolve("entry.sh"), script);
    assertTrue(entry.toFile().setExecutable(true));
    Result result = compare(entry.toString(), who);
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("mimalloc"), result.out()),
        () -> assertTrue(!result.out().contains("not proven"), result.out()));
  }

  @Test
  void doesNotCountAStaticProgramThatStartsNoOther() throws Exception {
    Result result = compare("sh", "-c", gosu() + "; " + who);
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("linked into"), result.out());
  }

  @Test
  void doesNotCountAProgramWithAWrappersNameThatWorksItself() throws Exception {
    Result result = compare(Tools.compile(folder, "nice", NICE, "-static").toString(), who);
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("linked into"), result.out());
  }

  @Test
  void doesNotCountAProgramWithAWrappersNameThatStartsNothing() throws Exception {
    String idle = "#include <unistd.h>\nint main(void) { return usleep(300000); }\n";
    String nice = Tools.compile(folder, "nice", idle, "-static").toString();
    Result result = compare("sh", "-c", nice + " true; " + who);
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("nice"), result.out());
    assertTrue(!result.out().contains("only start another"), result.out());
  }

  @Test
  void passesOverTheRealGosu() throws Exception {
    Tools.require("gosu");
    assumeTrue(System.getProperty("user.name").equals("root"), "only root becomes another user");
    served(run("gosu", "nobody", who));
    Result result = compare("gosu", "nobody", who);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(!result.out().contains("not proven"), result.out());
  }

  @Test
  void passesOverTheRealTini() throws Exception {
    Tools.require("tini-static");
    served(run("tini-static", "-s", "--", who));
    Result result = compare("tini-static", "-s", "--", who);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertTrue(!result.out().contains("not proven"), result.out());
  }
}
