package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** {@code compare} of servers under load. */
@Tag("slow")
class CompareServerTest {
  private static final String SERVER =
      """
      import http.server, sys, time
      if len(sys.argv) > 2: time.sleep(float(sys.argv[2]))
      http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])),
          http.server.SimpleHTTPRequestHandler).serve_forever()
      """;

  @TempDir Path folder;
  private int port;
  private String server;

  @BeforeEach
  void choosePort() throws IOException {
    Tools.require("python3");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path script = Files.writeString(folder.resolve("server.py"), SERVER);
    server = "python3 " + script + " " + port;
  }

  @Test
  void theServerAloneIsPreloadedAndMeasured() throws Exception {
    Path json = folder.resolve("samples.json");
    Path kept = folder.resolve("kept");
    String load =
        """
        echo preload=$LD_PRELOAD variant=$ONEMALLOC_VARIANT
        python3 -c 'b = bytearray(200 << 20); import time; time.sleep(.5)'
        echo "requests/s $((1000 + $$ % 2))" >>$ONEMALLOC_FIGURES
        echo "p99: 12.5 ms"
        """;
    Result result =
        compare(
            2,
            "--load",
            load,
            "--figure",
            "p99:ms=p99: ([0-9.]+)",
            "--rest",
            "1",
            "--json",
            json + "",
            "--output",
            kept + "");
    String samples = Files.readString(json);
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("requests/s"), result.out()),
        () -> assertTrue(result.out().contains("p99 ms"), result.out()),
        () -> assertTrue(result.out().contains("idle MB"), result.out()),
        () -> assertFalse(result.out().contains("wall"), result.out()),
        () -> assertEquals(4, count(samples, "\"proven\"\\s*:\\s*true"), samples),
        () -> assertEquals(4, count(samples, "\"name\"\\s*:\\s*\"p99\""), samples),
        () -> assertTrue(peak(samples) < 100L << 20, "the load is in the peak: " + peak(samples)));
    try (Stream<Path> files = Files.list(kept)) {
      assertEquals(
          List.of(
              "00-system-load.log",
              "00-system.log",
              "01-mimalloc-load.log",
              "01-mimalloc.log",
              "01-system-load.log",
              "01-system.log",
              "02-mimalloc-load.log",
              "02-mimalloc.log",
              "02-system-load.log",
              "02-system.log"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    String said = Files.readString(kept.resolve("02-mimalloc-load.log"));
    assertTrue(said.contains("preload= variant=mimalloc"), said);
  }

  @Test
  void aLoadIsRepeatedAndItsFiguresAreMeans() throws Exception {
    Path json = folder.resolve("samples.json");
    Path count = folder.resolve("count");
    // 1, 2, 3, … as figures: the mean of n repetitions is (n + 1) / 2, but for the warm-up's one.
    String load =
        "echo >>%1$s; n=$(wc -l <%1$s); echo \"n: $n\"; echo \"requests/s $n\" >>$ONEMALLOC_FIGURES; sleep .2"
            .formatted(count);
    Result result =
        compare(
            1,
            "-a",
            "system",
            "--load",
            load,
            "--for",
            "2s",
            "--figure",
            "n=n: ([0-9]+)",
            "--json",
            json + "");
    int repetitions = Files.readAllLines(count).size() - 1;
    String samples = Files.readString(json);
    String mean = String.valueOf(1 + (repetitions + 1) / 2.0);
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(repetitions > 1, repetitions + " repetitions"),
        () ->
            assertEquals(
                2, count(samples, "\"value\"\\s*:\\s*" + Pattern.quote(mean)), mean + samples));
  }

  @Test
  void aLogOfHdrHistogramHasLatencies() throws Exception {
    // From HdrHistogram itself: 1, 2, … 100 ms, with two digits, in nanoseconds.
    String log =
        """
        #[Histogram log format version 1.3]
        "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
        0.000,1.000,100.139,HISTFAAAAFp42pNpmSzMwMBwggECmCAU8wsgdjPYsYDB/gNE5Dkn019GpmZGpnImVyZrJksgVmeSBkJZMAmixZl4mbiBGJlE5XMysYIhM5RGZWNjYYoyoEEMAfyCALrtDQY=
        """;
    Path source = Files.writeString(folder.resolve("source.hlog"), log);
    Path written = folder.resolve("load.hlog");
    Path json = folder.resolve("samples.json");
    Result result =
        compare(
            1,
            "-a",
            "system",
            "--load",
            "cat %s >%s".formatted(source, written),
            "--histogram",
            "get=" + written,
            "--json",
            json + "");
    String samples = Files.readString(json).replaceAll("\\s", "");
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertTrue(result.out().contains("get p99 ms"), result.out()),
        () ->
            assertEquals(
                1,
                count(samples, "\"name\":\"getp99\",\"unit\":\"ms\",\"value\":99.090431"),
                samples));
    Result old = compare(1, "-a", "system", "--load", "true", "--histogram", "get=" + written);
    assertEquals(1, old.exitCode(), old.out() + old.err());
    assertTrue(old.err().contains("it is as it was before the load"), old.err());
  }

  @Test
  void eachVariantHasVariablesOfItsOwnAndOneAllocatorCanBeTwoVariants() throws Exception {
    String load =
        "cp /proc/$(pgrep -f -n '[s]erver.py %d')/environ %s/$ONEMALLOC_VARIANT"
            .formatted(port, folder);
    Result result =
        compare(
            1,
            "-a",
            "one=mimalloc,two=mimalloc",
            "--env",
            "two:MIMALLOC_PURGE_DELAY=0",
            "--load",
            load);
    String one = Files.readString(folder.resolve("one"));
    String two = Files.readString(folder.resolve("two"));
    assertAll(
        () -> assertEquals(0, result.exitCode(), result.out() + result.err()),
        () -> assertFalse(one.contains("MIMALLOC_PURGE_DELAY"), one),
        () -> assertTrue(two.contains("MIMALLOC_PURGE_DELAY=0"), two),
        () -> assertTrue(two.contains("LD_PRELOAD="), two));
    assertUnusable("there is no variant three", "--env", "three:A=1", "--load", "true");
    assertUnusable("is not VARIANT:NAME=VALUE", "--env", "one", "--load", "true");
    assertUnusable("the variant determines it", "--env", "system:LD_PRELOAD=x", "--load", "true");
    assertUnusable("is not a time such as", "--for", "soon", "--load", "true");
    assertUnusable("there is no such user", "--user", "nobody-at-all", "--load", "true");
  }

  private void assertUnusable(String why, String... options) throws Exception {
    Result result = compare(1, options);
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains(why), result.err());
  }

  @Test
  void theServerRunsAsAnotherUserAndTheLoadDoesNot() throws Exception {
    Tools.require("setpriv");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/python3")), "needs a python3 that any user can start");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may become another user");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    String load = "id -u; ps -o user:20= -p $(pgrep -f -n '[s]erver.py %d')".formatted(port);
    Path kept = folder.resolve("kept");
    Result result =
        compare(
            "/usr/bin/" + server,
            1,
            "-a",
            "mimalloc",
            "--user",
            "nobody",
            "--load",
            load,
            "--output",
            kept + "");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertEquals(
        List.of("0", "nobody"),
        Files.readString(kept.resolve("01-mimalloc-load.log")).lines().map(String::strip).toList());
  }

  /** A daemon that the load or the command before the server leaves is neither of the server. */
  @Test
  void aDaemonThatIsNotTheServersIsNeitherMeasuredNorEnded() throws Exception {
    Tools.require("setsid");
    Path daemon =
        Files.writeString(
            folder.resolve("daemon.py"),
            """
            import os, sys, time
            block = bytearray(150 << 20)
            open(sys.argv[1], "w").write(str(os.getpid()))
            time.sleep(60)
            """);
    Path json = folder.resolve("samples.json");
    Path before = folder.resolve("before.pid");
    Path during = folder.resolve("load.pid");
    String start =
        "rm -f %2$s; setsid -f python3 %1$s %2$s; while [ ! -s %2$s ]; do sleep .1; done";
    try {
      Result result =
          compare(
              1,
              "-a",
              "system",
              "--before",
              start.formatted(daemon, before),
              "--load",
              start.formatted(daemon, during) + "; sleep 1",
              "--json",
              json + "");
      assertEquals(0, result.exitCode(), result.out() + result.err());
      long peak = peak(Files.readString(json));
      assertTrue(peak < 100L << 20, "a daemon is in the peak: " + peak);
      assertTrue(isAlive(before) && isAlive(during), "a daemon was ended");
      Result dead =
          compare(
              "python3 -c 'print(\"up\", flush=True)'",
              1,
              "-a",
              "system",
              "--ready",
              "log:up",
              "--load",
              start.formatted(daemon, during) + "; sleep 1");
      assertEquals(1, dead.exitCode(), dead.out() + dead.err());
      assertTrue(dead.err().contains("The server ended"), dead.err());
    } finally {
      new ProcessBuilder("pkill", "-f", daemon.toString()).start().waitFor();
    }
  }

  private static boolean isAlive(Path pid) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(pid))).isPresent();
  }

  @Test
  void aRunThatDidNoWorkDoesNotCount() throws Exception {
    record Case(String why, List<String> options) {}
    for (Case one :
        List.of(
            new Case("The load failed with exit code 3", List.of("--load", "echo so; exit 3")),
            new Case(
                "The load did not report p99",
                List.of("--load", "true", "--figure", "p99=p99 ([0-9]+)")),
            new Case(
                "The command before the server failed with exit code 4",
                List.of("--load", "true", "--before", "exit 4")),
            new Case(
                "was not ready within 1 s",
                List.of("--load", "true", "--ready", "log:never", "--ready-within", "1")))) {
      Result result = compare(1, one.options().toArray(String[]::new));
      assertEquals(1, result.exitCode(), one + result.out() + result.err());
      assertTrue(result.err().contains(one.why()), one + result.err());
      assertEquals("", result.out(), one.toString());
    }
  }

  @Test
  void aServerThatEndsIsAFailedRun() throws Exception {
    Result early = compare("sh -c 'echo no licence; exit 0'", 1, "--load", "true");
    assertEquals(1, early.exitCode(), early.out());
    assertTrue(early.err().contains("ended before it was ready"), early.err());
    assertTrue(early.err().contains("no licence"), early.err());
    String dies = "python3 -c 'import time; print(\"up\", flush=True); time.sleep(1)'";
    Result under = compare(dies, 1, "--ready", "log:^up$", "--load", "sleep 20; echo late");
    assertEquals(1, under.exitCode(), under.out());
    assertTrue(under.err().contains("ended while it was under load"), under.err());
  }

  @Test
  void aPortThatAnotherServerUsesIsNoSignOfThisOne() throws Exception {
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      Result result = compare(1, "--load", "true");
      assertEquals(1, result.exitCode(), result.out());
      assertTrue(
          result.err().contains("127.0.0.1:" + other.getLocalPort() + " answers before"),
          result.err());
    }
  }

  @Test
  void aServerThatDaemonizesIsFollowedAndEnded() throws Exception {
    Path pid = folder.resolve("pid");
    String daemon = "setsid " + server + " >/dev/null 2>&1 & echo $! >" + pid;
    Result result = compare(daemon, 1, "--load", "sleep .3");
    assertEquals(0, result.exitCode(), result.out() + result.err());
    assertFalse(Files.exists(Path.of("/proc", Files.readString(pid).strip())), "it is left");
  }

  /**
   * The kernel shows a process whose first thread has ended as a zombie, for as long as it lives.
   */
  @Test
  void aServerWhoseFirstThreadEndsIsMeasuredToItsEnd() throws Exception {
    Path program =
        Tools.compile(
            folder,
            "threaded",
            """
            #define _GNU_SOURCE
            #include <pthread.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <time.h>
            static sigset_t term;
            static void *serve(void *unused) {
              int signal;
              struct timespec used;
              sigwait(&term, &signal);
              do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
              while (used.tv_sec == 0 && used.tv_nsec < 400000000);
              exit(0);
            }
            int main(void) {
              pthread_t thread;
              sigemptyset(&term);
              sigaddset(&term, SIGTERM);
              pthread_sigmask(SIG_BLOCK, &term, NULL);
              pthread_create(&thread, NULL, serve, NULL);
              puts("up");
              fflush(stdout);
              pthread_exit(NULL);
            }
            """,
            "-pthread");
    Path json = folder.resolve("samples.json");
    for (String command : List.of(program + "", program + "; exit 0")) {
      Result result =
          compare(command, 1, "--ready", "log:^up$", "--load", "sleep .3", "--json", json + "");
      assertEquals(0, result.exitCode(), command + result.out() + result.err());
      long cpu =
          Pattern.compile("\"userNanos\"\\s*:\\s*(\\d+),\\s*\"systemNanos\"\\s*:\\s*(\\d+)")
              .matcher(Files.readString(json))
              .results()
              .mapToLong(used -> Long.parseLong(used.group(1)) + Long.parseLong(used.group(2)))
              .min()
              .orElseThrow();
      assertTrue(cpu >= 400_000_000, command + ": " + cpu);
    }
  }

  @Test
  void unusableOptionsAreOneSentence() throws Exception {
    for (List<String> options :
        List.of(
            List.of("--ready", "tcp:127.0.0.1:1"),
            List.of("--load", "true", "--ready", "7777"),
            List.of("--load", "true", "--stop", "WINCH"),
            List.of("--load", "true", "--figure", "x"),
            List.of("--load", "true", "--figure", "x=y"),
            List.of("--load", "true", "--higher", "x"),
            List.of("--load", "true", "--histogram", "x:s=y"),
            List.of("--load", "true", "--rest", "-1"),
            List.of("--load", "true", "--idle", "3"),
            List.of("--load", "true", "--output", folder + ""),
            List.of("--load", "true", "--", "true"))) {
      Result result = compare(1, options.toArray(String[]::new));
      assertEquals(2, result.exitCode(), options + result.out() + result.err());
      assertEquals(1, result.err().lines().count(), options + result.err());
    }
  }

  private Result compare(int runs, String... options) throws Exception {
    return compare(server, runs, options);
  }

  private Result compare(String command, int runs, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("compare", "-n", runs + "", "--all-runs"));
    if (!List.of(options).contains("-a")) {
      words.addAll(List.of("-a", "system,mimalloc"));
    }
    words.addAll(List.of("--server", command));
    if (!List.of(options).contains("--ready")) {
      words.addAll(List.of("--ready", "tcp:127.0.0.1:" + port));
    }
    words.addAll(List.of(options));
    return Onemalloc.run(words.toArray(String[]::new));
  }

  private static long count(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  private static long peak(String samples) {
    return Pattern.compile("\"peakRssBytes\"\\s*:\\s*(\\d+)")
        .matcher(samples)
        .results()
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .max()
        .orElseThrow();
  }
}
