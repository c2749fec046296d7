package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** Tests the start script in unusual environments: what it passes on, and that it starts. */
class LaunchTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path SCRIPT = ROOT.resolve("onemalloc");

  @TempDir Path folder;

  @BeforeAll
  static void requireTheBuiltCommand() {
    assumeTrue(
        Files.exists(ROOT.resolve("cli/target/dist/onemalloc.jar")),
        "the command is not built: ./check builds it first");
  }

  /** Runs a line of shell code in which {@code $OM} is the command. */
  private Result shell(String line, String... variables) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("OM", SCRIPT.toString());
    environment.put("D", folder.toString());
    environment.put("ONEMALLOC_AS_BUILT", "1");
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return Onemalloc.run(environment, List.of("sh", "-c", line));
  }

  private static void assumeRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root, as CI is");
  }

  @Test
  void handsOnIgnoredAndBlockedSignals() throws Exception {
    Tools.require("env");
    String signals =
        "env --ignore-signal=PIPE,XFSZ,CHLD,QUIT,USR2,HUP,SEGV --block-signal=TERM,USR1,WINCH ";
    String show = "cat /proc/self/status";
    Result plain = shell(signals + show);
    Result run = shell(signals + "$OM run -- " + show);
    assertEquals(standardSignals(plain.out()), standardSignals(run.out()), run.err());
    long wanted = 1L << 12 | 1L << 24 | 1L << 16 | 1L << 2 | 1L << 11 | 1L | 1L << 10;
    assertEquals(wanted, wanted & standardSignals(run.out()).getLast());
  }

  /**
   * Returns the masks of blocked and ignored signals, without the real-time signals, of which the C
   * library reserves two.
   */
  private static List<Long> standardSignals(String status) {
    return status
        .lines()
        .filter(l -> l.startsWith("SigBlk") || l.startsWith("SigIgn"))
        .map(l -> Long.parseUnsignedLong(l.substring(8).strip(), 16) & 0x7fff_ffffL)
        .toList();
  }

  /** The shell of the script sets and rewrites variables of its own. */
  @Test
  void handsOnTheEnvironmentAsItWasGiven() throws Exception {
    String run = "$OM run -a system -- cat /proc/self/environ";
    String sorted = " | tr '\\0' '\\n' | grep -a -v -e ^LD_ -e ^ONEMALLOC_ -e ^MALLOC_ | sort";
    for (String given :
        List.of(
            "PATH=$PATH",
            "PATH=$PATH PWD=/wrong OLDPWD=/none SHLVL=abc PS4=x _=foo LINES=3 COLUMNS=x",
            "PATH=$PATH SHELLOPTS=noglob:allexport BASHOPTS=dotglob",
            "PATH=$PATH 'BASH_FUNC_f%%=() { echo x; }' \"$(printf 'B\\377=\\377')\"")) {
      String before =
          "env -i ONEMALLOC_AS_BUILT=1 JAVA_HOME='%s' %s "
              .formatted(System.getProperty("java.home"), given);
      Result plain = shell(before + "cat /proc/self/environ" + sorted);
      Result through = shell(before + run + sorted);
      assertEquals(plain.out(), through.out(), through.err());
      assertEquals("", through.err(), given);
    }
  }

  @Test
  void saysThatThePathOfTheDirectoryIsTooLong() throws Exception {
    String deep = "for i in $(seq 17); do d=$(printf d%.0s $(seq 250)); mkdir $d; cd $d; done; ";
    String run = "(cd $D; " + deep + "$OM run -- true); said=$?; rm -rf $D/d*; exit $said";
    Result result = shell("bash -c '" + run + "'");
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().startsWith("onemalloc: the path of the working directory"));
    assertEquals(1, result.err().lines().count(), result.err());
  }

  /** Java would lose the name of the directory. */
  @Test
  void startsProgramsBelowADirectoryWhoseNameIsNotInUtf8() throws Exception {
    String enter = "d=$D/$(printf 'caf\\351'); mkdir -p \"$d\"; cd \"$d\"; cp /bin/echo program; ";
    Result result = shell(enter + "$OM run -- ./program on; PATH=$d:$PATH; $OM run -- program on");
    assertEquals("on\n", result.out(), result.err());
    assertTrue(result.err().contains("whose name is not in UTF-8: give a relative path"));
    Result linked = shell(enter + "$OM link ./program");
    assertEquals(2, linked.exitCode());
    assertTrue(linked.err().contains("is not a name in UTF-8"), linked.err());
  }

  /** Whoever reads a pipe takes what it holds. */
  @Test
  void readsNoScriptThatIsAPipe() throws Exception {
    for (String line :
        List.of(
            "bash -c '$OM run -a mimalloc -- bash <(echo echo hi)'",
            "bash -c '$OM run -a mimalloc -- env -S \"bash\" <(echo echo hi)'",
            "echo echo hi | $OM run -a mimalloc -- sh /dev/stdin",
            "mkfifo $D/pipe && { echo echo hi >$D/pipe & $OM run -a mimalloc -- sh $D/pipe; }")) {
      Result result = shell(line);
      assertEquals("hi\n", result.out(), line + ": " + result.err());
    }
    Result program = shell("mkfifo $D/p && chmod +x $D/p && $OM run -a mimalloc -- $D/p");
    assertEquals(2, program.exitCode(), program.err());
  }

  @Test
  void leavesClosedDescriptorsClosed() throws Exception {
    for (String closed : List.of("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-")) {
      String list = "for n in 0 1 2; do [ -e /proc/self/fd/$n ] && echo $n >&7; done; :";
      shell("exec 7>$D/expected; bash -c '" + list + "' " + closed);
      shell("exec 7>$D/open; $OM run -- bash -c '" + list + "' " + closed);
      assertEquals(
          Files.readString(folder.resolve("expected")),
          Files.readString(folder.resolve("open")),
          closed);
    }
  }

  @Test
  void keepsADescriptorOfAFileOfTheJdk() throws Exception {
    String java = System.getProperty("java.home");
    String line =
        "exec 5<$JAVA_HOME/release; $OM run -- sh -c 'read -r line <&5 && ls /proc/$$/fd'";
    Result run = shell(line, "JAVA_HOME", java);
    assertEquals("0\n1\n2\n5\n", run.out(), run.err());
  }

  @Test
  void startsInAPidNamespaceWithTheProcOfAnother() throws Exception {
    assumeRoot();
    Tools.require("unshare");
    Result run = shell("unshare -pf $OM run -- sh -c 'echo on; exit 3'");
    assertEquals("on\n", run.out(), run.err());
    assertEquals(3, run.exitCode());
    Result gone =
        shell("mkdir $D/gone; cd $D/gone; rmdir $D/gone; unshare -pf $OM run -- sh -c 'echo on'");
    assertEquals("on\n", gone.out(), gone.err());
    Result compared = shell("unshare -pf $OM compare -n 1 -a system -- true");
    assertEquals(2, compared.exitCode(), compared.err());
    assertTrue(compared.err().contains("another pid namespace"), compared.err());
  }

  @Test
  void saysThatItsOutputCannotBeWritten() throws Exception {
    for (String command : List.of("allocators", "--help", "inspect /bin/true", "run --help")) {
      for (String output : List.of(">/dev/full", ">&-")) {
        Result result = shell("$OM " + command + " " + output);
        assertAll(
            () -> assertEquals(2, result.exitCode(), command + output),
            () -> assertEquals(1, result.err().lines().count(), result.err()));
      }
    }
  }

  @Test
  void startsWhereAddressesAreLimited() throws Exception {
    Result enough = shell("ulimit -v 1500000; $OM run -- sh -c 'ulimit -v'");
    assertEquals("1500000", enough.out().strip(), enough.err());
    for (String limit : List.of("v 700000", "d 200000", "n 32")) {
      String print = "sh -c 'ulimit -" + limit.charAt(0) + "'";
      Result least = shell("ulimit -" + limit + "; $OM run -- " + print);
      assertEquals(limit.substring(2), least.out().strip(), limit + least.err());
    }
  }

  @Test
  void saysWhichLimitIsTooLow() throws Exception {
    for (String limit : List.of("v 690000", "v 100000", "d 190000", "n 31", "n 12", "n 8")) {
      Result tooFew = shell("ulimit -" + limit + "; $OM run -- echo on");
      assertAll(
          () -> assertEquals(2, tooFew.exitCode(), limit),
          () -> assertEquals("", tooFew.out(), limit),
          () -> assertEquals(1, tooFew.err().lines().count(), tooFew.err()),
          () -> assertTrue(tooFew.err().contains("ulimit -" + limit.charAt(0)), tooFew.err()));
    }
  }

  @Test
  void aMissingTmpdirIsThatOfTheProgramOnly() throws Exception {
    for (String missing : List.of("/no/such", "/dev/null", "")) {
      Result run = shell("$OM run -- sh -c 'echo \"[$TMPDIR]\"'", "TMPDIR", missing);
      assertEquals("[" + missing + "]\n", run.out(), run.err());
      assertEquals("", run.err());
    }
  }

  @Test
  void restoresTheNumberOfArenas() throws Exception {
    String print = "ulimit -v 1500000; $OM run -a system -- sh -c 'echo ${MALLOC_ARENA_MAX-unset}'";
    assertEquals("unset\n", shell("unset MALLOC_ARENA_MAX; " + print).out());
    assertEquals("3\n", shell(print, "MALLOC_ARENA_MAX", "3").out());
  }

  /** core(5): by default a JVM adds private and shared mappings of files, which may be large. */
  @Test
  void leavesWhatCoreDumpsContain() throws Exception {
    String filter = "/proc/self/coredump_filter";
    String print = "echo 0x33 >" + filter + "; $OM run -- cat " + filter;
    assertEquals("00000033\n", shell(print).out());
  }

  @Test
  void startsInADirectoryThatWasRemoved() throws Exception {
    Result result =
        shell("mkdir $D/gone; cd $D/gone; rmdir $D/gone; $OM run -- readlink /proc/self/cwd");
    assertEquals(folder + "/gone (deleted)\n", result.out(), result.err());
  }

  @Test
  void namesEveryFileInTheLocaleC() throws Exception {
    Path program = Files.copy(Path.of("/bin/true"), folder.resolve("tr\u00fce"));
    String name = program.getFileName().toString();
    for (String locale : List.of("C", "POSIX", "xx_XX.UTF-8")) {
      Result run = shell("cd $D; $OM run -- ./" + name + " && $OM inspect .", "LC_ALL", locale);
      assertEquals(0, run.exitCode(), run.err());
      assertTrue(run.out().contains(name), run.out());
    }
  }

  @Test
  void leavesTheLocaleOfTheProgramAsItWas() throws Exception {
    String print = "sh -c 'echo ${LC_ALL-unset}'";
    assertEquals("C\n", shell("$OM run -- " + print, "LC_ALL", "C").out());
    String unset = "unset LC_ALL LC_CTYPE LANG; $OM run -- " + print;
    assertEquals("unset\n", shell(unset).out());
  }

  @Test
  void runsAScriptThatNamesNoInterpreterAsShellsDo() throws Exception {
    Path script = Files.writeString(folder.resolve("script"), "echo \"script $1\"\nexit 5\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Result run = shell("$OM run -- $D/script one");
    assertEquals("script one\n", run.out(), run.err());
    assertEquals(5, run.exitCode());
    Files.write(script, new byte[] {1, 0, '\n'});
    assertEquals(2, shell("$OM run -- $D/script").exitCode());
  }

  @Test
  void carriesALibraryWhosePathHasASpace() throws Exception {
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    Path library = Path.of("/usr/lib", triplet(), "libjemalloc.so.2");
    assumeTrue(Files.exists(library), library + " is not there");
    Path spaced = Files.createDirectory(folder.resolve("my libraries")).resolve("lib je:1.so");
    Files.copy(library, spaced);
    Result run =
        shell(
            "$OM run -a \"$D/my libraries/lib je:1.so\" -- grep -c 'lib je:1.so' "
                + "/proc/self/maps");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(Integer.parseInt(run.out().strip()) > 0, run.out());
  }

  private static String triplet() {
    return System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu";
  }

  @Test
  void takesTheNextCacheWhereNoCodeCanBeMapped() throws Exception {
    assumeRoot();
    Tools.require("unshare");
    Result run =
        shell(
            "unshare -m sh -c 'mount -t tmpfs -o noexec none $D && XDG_CACHE_HOME=$D "
                + "$OM run -v -- true && ls $D'");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains("/libonemalloc-mimalloc-"), run.err());
  }

  @Test
  void triesAProgramElsewhereWhereTemporaryFilesCannotBeExecuted() throws Exception {
    assumeRoot();
    Tools.require("unshare");
    String dies =
        "#include <stdlib.h>\nint sysinfo(void *i) { abort(); }\nint main(void) { return 0; }";
    Tools.compile(folder, "dies", dies, "-rdynamic");
    Result run =
        shell(
            "mkdir $D/t; unshare -m sh -c 'mount -t tmpfs -o noexec,mode=1777 none $D/t && "
                + "TMPDIR=$D/t $OM run -- $D/dies'");
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("a trial start ends by signal 6"), run.err());
  }

  @Test
  void refusesWhereTheCarriedLibraryCannotBeWritten() throws Exception {
    assumeRoot();
    Tools.require("unshare");
    Path program = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
    byte[] before = Files.readAllBytes(program);
    for (String command :
        List.of(
            "run -- true",
            "run -a mimalloc -- true",
            "compare -n 1 -a mimalloc -- true",
            "link /program")) {
      Result result =
          shell(
              "mkdir -p $D/full; unshare -m sh -c 'mount -t tmpfs -o size=64k none $D/full && "
                  + "XDG_CACHE_HOME=$D/full $OM "
                  + command.replace("/program", "$D/program")
                  + "'");
      assertAll(
          () -> assertEquals(2, result.exitCode(), command + result.err()),
          () -> assertEquals(1, result.err().lines().count(), result.err()),
          () ->
              assertTrue(result.err().contains("mimalloc@bundled is not available"), result.err()),
          () -> assertTrue(result.err().contains("No space left"), result.err()));
    }
    assertEquals(
        new String(before, StandardCharsets.ISO_8859_1),
        Files.readString(program, StandardCharsets.ISO_8859_1));
  }

  @Test
  void isLoadedByChildrenOfOtherUsers() throws Exception {
    assumeRoot();
    Tools.require("setpriv");
    Result run =
        shell(
            "unset XDG_CACHE_HOME; $OM run -- setpriv --reuid 65534 --regid 65534 --clear-groups "
                + "grep -c libonemalloc-mimalloc /proc/self/maps");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.err());
  }

  @Test
  void startsNoThreadWhereTheUserChanges() throws Exception {
    assumeRoot();
    Tools.require("setpriv");
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    String change = "setpriv --reuid 65534 --regid 65534 --clear-groups true";
    Path script = Files.writeString(folder.resolve("change"), "#!/bin/sh\nexec " + change);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String program : List.of(change, "$D/change")) {
      Result run = shell("$OM run -a jemalloc+tuned -- " + program);
      assertEquals(0, run.exitCode(), run.err());
    }
  }

  @Test
  void saysThatAScriptTakesThePreloadAway() throws Exception {
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\nenv -i true\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Result run = shell("$OM run -- $D/script");
    assertEquals(0, run.exitCode());
    assertTrue(run.err().contains("line 2, starts a program without LD_PRELOAD"), run.err());
    assertTrue(shell("$OM run -v -- $D/script").err().contains("Not proven: other processes"));
  }

  @Test
  void doesNotTrustTheHomeOfAnotherUser() throws Exception {
    assumeRoot();
    Tools.require("setpriv");
    for (String home : List.of("HOME=$D/alice", "XDG_CACHE_HOME=$D/alice/.cache")) {
      Result run =
          shell(
              "mkdir -p $D/alice/.cache; chown -R 12345 $D/alice; env "
                  + home
                  + " $OM run -v -- true; find $D/alice -name onemalloc");
      assertEquals(0, run.exitCode(), run.err());
      assertEquals("", run.out());
      assertTrue(!run.err().contains("alice"), run.err());
    }
  }
}
