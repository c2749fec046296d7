package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a link at random moments, and at system calls that change a file. With -Dnightly: 1,000
 * kills at random moments, and one at every such system call.
 */
@Tag("slow")
class KillTest {
  private static final boolean NIGHTLY = System.getProperty("nightly") != null;
  private static final int KILLED = 128 + 9;
  private static final List<String> CHANGES =
      List.of("rename", "link", "unlink", "rmdir", "mkdir", "chmod", "fsync", "write");

  @TempDir Path directory;
  private Path image;
  private Path classes;
  private Map<String, String> original;
  private final Map<String, Integer> seen = new TreeMap<>();

  @BeforeEach
  void copy() throws Exception {
    directory = directory.toRealPath();
    image = Tools.copyOfImage(directory);
    original = Tools.contentOf(image);
    classes = directory.resolve("classes");
    InsideProof.copyProbe(classes);
  }

  private List<String> worker(String... more) {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", path));
    command.addAll(List.of(LinksAndUndoes.class.getName(), image.toString()));
    command.addAll(List.of(more));
    return command;
  }

  @Test
  void startsWheneverTheLinkIsKilled() throws Exception {
    // on a shared machine, run the test in parts with different seeds: -Dkills=100 -Dseed=2
    int kills = Integer.getInteger("kills", NIGHTLY ? 1000 : Boolean.getBoolean("all") ? 12 : 4);
    Random random = new Random(Long.getLong("seed", 20260101));
    for (int i = 0; i < kills; i++) {
      Process process = new ProcessBuilder(worker()).redirectErrorStream(true).start();
      assertEquals("begins", process.inputReader().readLine());
      Thread.sleep(random.nextInt(700));
      process.destroyForcibly().waitFor();
      startsAsOldOrNew();
    }
    System.out.println(kills + " kills at random, the image then used: " + seen);
    canBeUndone();
  }

  @Test
  void startsWhicheverSystemCallIsTheLast() throws Exception {
    Tools.assumeInstalled("strace");
    List<String> test = List.of("strace", "-e", "inject=rename:signal=SIGKILL:when=1", "true");
    Assumptions.assumeTrue(
        Tools.run(Map.of(), test).exitCode() == 0, "why: strace cannot trace here");
    int kills = 0;
    for (String call : NIGHTLY ? CHANGES : List.of("rename")) {
      kills += killAtEach(call, NIGHTLY ? 1 : 5);
    }
    assertTrue(kills > 3, kills + " kills");
    System.out.println(kills + " kills at system calls, the image then used: " + seen);
    canBeUndone();
  }

  private int killAtEach(String call, int step) throws Exception {
    int kills = 0;
    Tools.Result last = new Tools.Result(KILLED, "");
    for (int count = 1; last.exitCode() == KILLED; count += step) {
      List<String> command = new ArrayList<>(List.of("strace", "-f", "-qqq", "-o", "/dev/null"));
      command.addAll(List.of("-e", "trace=" + call));
      command.addAll(List.of("-e", "inject=%s:signal=SIGKILL:when=%d".formatted(call, count)));
      command.addAll(worker("once"));
      last = Tools.run(Map.of(), command);
      kills += last.exitCode() == KILLED ? 1 : 0;
      startsAsOldOrNew();
    }
    assertEquals(0, last.exitCode(), last.output());
    return kills;
  }

  private void startsAsOldOrNew() throws Exception {
    List<String> command =
        List.of(
            image + "/bin/java",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classes.toString(),
            Probe.class.getName());
    Tools.Result result = Tools.run(Map.of(), command);
    assertEquals(0, result.exitCode(), result.output());
    Map<String, String> said = new TreeMap<>();
    for (String line : result.output().lines().toList()) {
      int cut = line.indexOf('=');
      said.put(line.substring(0, cut), line.substring(cut + 1));
    }
    for (String function : Probe.FUNCTIONS) {
      assertEquals(said.get("process." + function), said.get("lookup." + function));
    }
    String provider = Path.of(said.get("process.malloc")).getFileName().toString();
    seen.merge(provider, 1, Integer::sum);
  }

  private void canBeUndone() throws Exception {
    Link.link(image, Tools.choice("mimalloc"), "test", false);
    Link.verify(image);
    Link.undo(image, false);
    assertEquals(original, Tools.contentOf(image));
    assertTrue(Files.exists(image));
  }
}
