package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
class TopTest {
  /** A program that allocates 32 MB under one tag, and then more for at most a minute. */
  private static final String PROGRAM =
      """
      import org.onemalloc.Heap;
      import org.onemalloc.TaggedHeap;

      class Tagged {
        public static void main(String[] arguments) throws Exception {
          TaggedHeap index = Heap.tagged("search/index");
          index.limit(1 << 30);
          for (int i = 0; i < 512; i++) {
            index.allocate(64 << 10, 16);
          }
          for (int i = 0; i < Integer.getInteger("many", 0); i++) {
            Heap.tagged("many/" + i).allocate(16, 8);
          }
          System.out.println("ready");
          TaggedHeap growing = Heap.tagged("search/queries");
          for (int i = 0; i < 6000; i++) {
            growing.allocate(64 << 10, 16);
            Thread.sleep(10);
          }
        }
      }
      """;

  @TempDir Path folder;

  private Process tagged(String... options) throws Exception {
    Path source = Files.writeString(folder.resolve("Tagged.java"), PROGRAM);
    List<String> command = new ArrayList<>();
    command.add(Onemalloc.java());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx64m"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", Onemalloc.classPath(), source.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertEquals("ready", process.inputReader().readLine());
    return process;
  }

  private static String pid(Process process) {
    return Long.toString(process.pid());
  }

  @Test
  void showsTheTagsOfAJvmThatObservesItsHeap() throws Exception {
    Process process = tagged("-Donemalloc.observe=on", "-Donemalloc.accounting=on");
    try {
      Result text = Onemalloc.run("top", "--count", "2", "--interval", "0.5", pid(process));
      assertEquals(0, text.exitCode(), text.err());
      assertEquals("", text.err());
      assertTrue(text.out().contains("HEAP on glibc"), text.out());
      assertTrue(text.out().matches("(?s).*search/index +32\\.0 MB +512 +1\\.0 GB.*"), text.out());
      assertTrue(text.out().matches("(?s).*search/queries +\\S+ [KM]B +\\+\\S+ MB.*"), text.out());
      assertTrue(text.out().contains("libjvm.so"), text.out());
      assertFalse(text.out().contains("\u001b"), "escape codes in a file");

      Result json = Onemalloc.run("top", "--once", "--json", pid(process));
      assertEquals(0, json.exitCode(), json.err());
      assertEquals(1, json.out().lines().count(), json.out());
      assertTrue(json.out().contains("\"tag\": \"search/index\""), json.out());
      assertTrue(json.out().contains("\"accounting\": true"), json.out());
      assertTrue(json.out().contains("\"bytes\": 33554432"), json.out());
      assertTrue(process.isAlive());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void saysHowAJvmWouldShowItsHeap() throws Exception {
    Process process = tagged();
    try {
      Result asked = Onemalloc.run("top", "--once", pid(process));
      assertEquals(0, asked.exitCode(), asked.err());
      assertTrue(asked.out().contains("-Donemalloc.observe=on"), asked.out());
      assertTrue(asked.out().contains("glibc's own heap"), asked.out());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /**
   * A request needs no attaching, agent, socket or file; the JVM has the same open files before and
   * after.
   */
  @Test
  void askingLeavesNothingBehind() throws Exception {
    Process process = tagged("-XX:+DisableAttachMechanism", "-Donemalloc.observe=on");
    try {
      Set<String> before = held(process);
      Result asked = Onemalloc.run("top", "--once", pid(process));
      assertEquals(0, asked.exitCode(), asked.err());
      assertTrue(asked.out().contains("search/index"), asked.out());
      assertEquals(before, held(process));
      assertFalse(before.stream().anyMatch(file -> file.startsWith("socket:")), "" + before);
      String maps = Files.readString(Path.of("/proc/" + process.pid() + "/maps"));
      assertFalse(maps.contains("libmanagement_agent"), "the agent was started");
      assertFalse(Files.exists(Path.of("/tmp/.java_pid" + process.pid())), "it was attached to");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Set<String> held(Process process) throws Exception {
    Set<String> held = new TreeSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        held.add(Files.readSymbolicLink(descriptor).toString());
      }
    }
    return held;
  }

  /** The tags do not fit the first file, so the JVM replaces it. */
  @Test
  void showsThousandsOfTags() throws Exception {
    Process process = tagged("-Donemalloc.observe=on", "-Dmany=5000");
    try {
      Result json = Onemalloc.run("top", "--count", "2", "-i", "0.1", "--json", pid(process));
      assertEquals(0, json.exitCode(), json.err());
      for (String line : json.out().lines().toList()) {
        assertTrue(line.contains("\"tag\": \"many/4999\""), line);
        assertTrue(line.contains("\"tag\": \"search/index\""), line);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** The user of the JVM controls the file, so root must not read or write it. */
  @Test
  void anotherUsersJvmIsNotAsked() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path source =
        Files.writeString(
            shared.resolve("Hostile.java"),
            """
            import java.io.RandomAccessFile;
            import java.nio.ByteBuffer;
            import java.nio.ByteOrder;
            import java.nio.file.Files;
            import java.nio.file.Path;

            class Hostile {
              public static void main(String[] arguments) throws Exception {
                Path path = Path.of(arguments[0], "onemalloc-heap-1.figures");
                try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                  byte[] magic = new byte[65536];
                  ByteBuffer.wrap(magic)
                      .order(ByteOrder.nativeOrder())
                      .putLong(0, 0x6f6e656d616c6c31L);
                  file.write(magic);
                  Files.delete(path);
                  System.out.println("ready");
                  System.in.read();
                  file.seek(8);
                  System.out.println(file.readLong() == 0 ? "untouched" : "touched");
                }
              }
            }
            """);
    Files.setAttribute(folder, "unix:mode", 0755);
    Files.setAttribute(shared, "unix:mode", 01777);
    Tools.require("setpriv");
    Process process =
        new ProcessBuilder(
                List.of(
                    "setpriv",
                    "--reuid=12345",
                    "--regid=12345",
                    "--clear-groups",
                    Onemalloc.java(),
                    "-Xmx64m",
                    source.toString(),
                    shared.toString()))
            .redirectErrorStream(true)
            .start();
    try {
      String said = process.inputReader().readLine();
      assumeTrue("ready".equals(said), "only root can become another user: " + said);
      Result top = Onemalloc.run("top", "--once", pid(process));
      assertEquals(0, top.exitCode(), top.err());
      assertTrue(top.out().contains("This JVM belongs to another user"), top.out());
      Result attached = Onemalloc.run("inspect", "--attach", pid(process));
      assertTrue(
          attached.out().contains("belongs to another user and was not asked"), attached.out());
      Result profiled =
          Onemalloc.run("profile", "--report", folder.resolve("p.html").toString(), pid(process));
      assertEquals(2, profiled.exitCode());
      assertTrue(profiled.err().contains("is another user's"), profiled.err());
      process.outputWriter().append('\n').flush();
      assertEquals("untouched", process.inputReader().readLine());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void notAskedAJvmKeepsWhatItHas() throws Exception {
    Process process = tagged("-Donemalloc.observe=on");
    try {
      Result outside = Onemalloc.run("top", "--once", "--outside", pid(process));
      assertEquals(0, outside.exitCode(), outside.err());
      assertFalse(outside.out().contains("HEAP on"), outside.out());
      String maps = Files.readString(Path.of("/proc/" + process.pid() + "/maps"));
      assertFalse(maps.contains("libmanagement_agent"), "the agent was started");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** The limit is safe on a busy machine, where the JVM wakes up less often. */
  @Test
  void aJvmThatNobodyReadsIsHardlyWokenUp() throws Exception {
    Process process = tagged("-Donemalloc.observe=on");
    try {
      long before = wakeUps(process);
      Thread.sleep(3000);
      assertTrue(wakeUps(process) - before <= 10, "30 at ten a second");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static long wakeUps(Process process) throws Exception {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        if ("onemalloc figures".startsWith(Files.readString(thread.resolve("comm")).strip())) {
          return Files.readAllLines(thread.resolve("status")).stream()
              .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
        }
      }
    }
    throw new AssertionError("no thread of the figures");
  }

  @Test
  void showsAnyProcess() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      Result result = Onemalloc.run("top", "--once", pid(sleep));
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().startsWith("PID " + sleep.pid() + "  sleep 60"), result.out());
      assertTrue(result.out().contains("malloc of "), result.out());
      assertTrue(result.out().contains("resident (RSS)"), result.out());
      assertTrue(sleep.isAlive());
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }

  @Test
  void aProcessThatEndsMeanwhileIsOneSentence() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    Process top = new ProcessBuilder(Onemalloc.command("top", "-i", "0.1", pid(sleep))).start();
    assertTrue(top.inputReader().readLine().startsWith("PID "));
    sleep.destroyForcibly().waitFor();
    top.inputReader().lines().forEach(_ -> {});
    String err = new String(top.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(top.waitFor(60, TimeUnit.SECONDS));
    assertEquals(1, top.exitValue(), err);
    assertEquals("onemalloc: Process " + sleep.pid() + " ended.\n", err);
  }

  /** The terminal is provided by script(1). */
  @Test
  void redrawsOnATerminalWithinItsSize() throws Exception {
    Tools.require("script");
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      String words = String.join(" ", Onemalloc.command("top", "-n", "2", "-i", "0.2", pid(sleep)));
      Result result =
          Onemalloc.run(
              Map.of("TERM", "xterm"),
              List.of("script", "-qec", "stty cols 40 rows 8; " + words, "/dev/null"));
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().contains("\u001b[2J\u001b[H"), result.out());
      String last = result.out().substring(result.out().lastIndexOf("\u001b[H"));
      List<String> lines = last.replaceAll("\u001b\\[[0-9;]*[A-Za-z]", "").lines().toList();
      assertTrue(lines.size() <= 8, last);
      for (String line : lines) {
        assertTrue(line.length() <= 40, line);
      }
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }

  @Test
  void oneSentenceForEachBadInput() throws Exception {
    String own = Long.toString(ProcessHandle.current().pid());
    assertAll(
        () -> refused("top"),
        () -> refused("top", "java"),
        () -> refused("top", "2147483646"),
        () -> refused("top", "999999999999999999"),
        () -> refused("top", "--interval", "0", own),
        () -> refused("top", "--interval", "NaN", own),
        () -> refused("top", "--count", "0", own),
        () -> refused("top", "--count", "3", "--once", own),
        () -> refused("top", own, own));
  }

  private static void refused(String... arguments) throws Exception {
    Result result = Onemalloc.run(arguments);
    String what = String.join(" ", arguments) + ": " + result.err();
    assertEquals(2, result.exitCode(), what);
    assertEquals(1, result.err().lines().count(), what);
    assertEquals("", result.out(), what);
    assertFalse(result.err().contains("Exception"), what);
  }
}
