package org.onemalloc.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatheringTest {
  @TempDir private Path folder;

  private static String evidence(String id, String host, String allocator, String proof, int rss) {
    return """
        {"schema": "onemalloc.evidence", "schemaVersion": 1, "role": "%s", "id": "%s", "host": "%s", "pid": 7, \
        "allocator": "%s", "provider": "/lib/lib%s.so", "proof": %s, "rssBytes": %d, "peakRssBytes": %d, "new": [1]}
        """
        .formatted(
            id.equals("driver") ? id : "executor",
            id,
            host,
            allocator,
            allocator,
            proof,
            rss << 20,
            (rss + 1) << 20);
  }

  private static final String PROVEN =
      "{\"proven\": true, \"evidence\": [], \"failures\": [], \"unseen\": []}";
  private static final String ESCAPED =
      "{\"proven\": false, \"evidence\": [], \"failures\": [\"glibc's own heap holds 9 bytes.\"],"
          + " \"unseen\": []}";

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path cluster() throws IOException {
    return file(
        "evidence.jsonl",
        evidence("driver", "a", "system", PROVEN, 400)
            + evidence("0", "b", "jemalloc", PROVEN, 10)
            + evidence("1", "b", "jemalloc", PROVEN, 20)
            + evidence("2", "c", "jemalloc", PROVEN, 60)
            + evidence("3", "c", "mimalloc", ESCAPED, 30));
  }

  @Test
  void theTableHasARowForEachRoleAndAllocator() throws IOException {
    String text = Gathering.of(List.of(cluster()), "", "").text();
    assertEquals(
        """
        ROLE      ALLOCATOR  PROVEN  HOSTS  RSS MB              PSS MB  PEAK MB
        driver    system     1 of 1  1      400 / 400 / 400             401 / 401 / 401
        executor  jemalloc   3 of 3  2      10.0 / 20.0 / 60.0          11.0 / 21.0 / 61.0
        executor  mimalloc   0 of 1  1      30.0 / 30.0 / 30.0          31.0 / 31.0 / 31.0

        Memory: minimum / median / maximum. MB = 2^20 bytes.

        executor 3 (pid 7) of c is not proven: glibc's own heap holds 9 bytes.
        """,
        text);
  }

  @Test
  void evidenceThatContradictsItselfProvesNothing() throws IOException {
    String proof = ESCAPED.replace("false", "true");
    Path file = file("evidence.jsonl", evidence("0", "b", "jemalloc", proof, 10));
    assertFalse(Gathering.of(List.of(file), "", "jemalloc").asExpected());
    Path negative = file("negative.jsonl", evidence("0", "b", "jemalloc", PROVEN, -10));
    assertThrows(CollectException.class, () -> Gathering.of(List.of(negative), "", ""));
  }

  @Test
  void anExpectationIsMetByProvenProcessesAlone() throws IOException {
    Path file = cluster();
    assertTrue(Gathering.of(List.of(file), "", "").asExpected());
    assertTrue(Gathering.of(List.of(file), "driver", "system").asExpected());
    assertTrue(Gathering.of(List.of(file), "driver", "/lib/libsystem.so").asExpected());
    Gathering executors = Gathering.of(List.of(file), "executor", "jemalloc");
    assertFalse(executors.asExpected());
    assertTrue(
        executors
            .text()
            .endsWith(
                "executor 3 (pid 7) of c is not proven to run on jemalloc: glibc's own heap holds 9"
                    + " bytes.\n"),
        executors.text());
    assertFalse(Gathering.of(List.of(file), "executor", "mimalloc").asExpected());
    assertTrue(
        Gathering.of(List.of(file), "", "jemalloc")
            .text()
            .contains(
                "driver (pid 7) of a is not proven to run on jemalloc: system in /lib/libsystem.so"
                    + " serves its malloc."));
  }

  @Test
  void anInspectionOfAProcessIsEvidence() throws IOException {
    String form =
        """
        {
          "schema": "onemalloc.inspect",
          "schemaVersion": 1,
          "processHeap": "/x/libonemalloc-mimalloc-1.so",
          "hazards": [{"id": "%s", "evidence": ["It holds 3 MiB."]}],
          "process": {"host": "n", "pid": 9, "command": ["/usr/bin/app", "x"], "bindingsSeen": %s,
            "rssBytes": 1048576%s}
        }
        """;
    String glibc = ", \"glibcArenaBytes\": 0, \"glibcMappedBytes\": 0";
    assertTrue(inspected(form.formatted("deepbind", "true", glibc)).isEmpty());
    assertEquals(
        "app (pid 9) of n is not proven: It holds 3 MiB.",
        inspected(form.formatted("escape", "true", glibc)));
    assertEquals(
        "app (pid 9) of n is not proven: what serves its malloc was not seen.",
        inspected(form.formatted("other", "false", glibc)));
    assertEquals(
        "app (pid 9) of n is not proven: how much glibc's own heap holds is unknown.",
        inspected(form.formatted("other", "true", "")));
  }

  private String inspected(String text) throws IOException {
    String said = Gathering.of(List.of(file("inspect.json", text)), "", "").text();
    assertTrue(said.contains("process  mimalloc "), said);
    return said.substring(said.indexOf("bytes.\n") + "bytes.\n".length()).strip();
  }

  @Test
  void theRunsOfAComparisonAreEvidence() throws IOException {
    String text =
        """
        {
          "schema": "onemalloc.compare",
          "schemaVersion": 1,
          "variants": [{"name": "system", "allocator": "system glibc 2.36", "library": ""},
            {"name": "jemalloc+tuned", "allocator": "jemalloc 5.3.0", "library": "/l/libjemalloc.so.2"},
            {"name": "old", "allocator": "as the program is shipped", "library": ""}],
          "runs": [
            {"variant": "system", "round": 1, "outcome": {"ok": true}, "proof": %s, "usage": {"peakRssBytes": 1048576}},
            {"variant": "jemalloc+tuned", "round": 1, "outcome": {"ok": false}, "proof": %s, "usage": {"peakRssBytes": 0}},
            {"variant": "old", "round": 1, "outcome": {"ok": true}, "proof": %s, "usage": {"peakRssBytes": 0}}
          ]
        }
        """
            .formatted(PROVEN, PROVEN, PROVEN);
    String said = Gathering.of(List.of(file("compare.json", text)), "", "").text();
    assertFalse(said.matches("(?s).*run of old +system.*"), said);
    assertTrue(said.contains("run of system          system     1 of 1"), said);
    assertTrue(said.contains("run of jemalloc+tuned  jemalloc   0 of 1"), said);
    assertTrue(said.contains("run 1 of jemalloc+tuned of "), said);
    assertTrue(said.endsWith(" is not proven: it failed.\n"), said);
  }

  @Test
  void theJsonHasGroupsAndProcesses() throws IOException {
    StringBuilder json = new StringBuilder();
    Gathering.of(List.of(cluster()), "executor", "jemalloc").json(json);
    JsonObject root = JsonParser.parseString(json.toString()).getAsJsonObject();
    assertFalse(root.get("asExpected").getAsBoolean());
    JsonObject group = root.getAsJsonArray("groups").get(0).getAsJsonObject();
    assertEquals(3, group.get("proven").getAsInt());
    assertEquals(20L << 20, group.getAsJsonObject("rssBytes").get("median").getAsLong());
    assertFalse(group.has("pssBytes"));
    assertEquals(4, root.getAsJsonArray("processes").size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "text",
        "{",
        "{}",
        "[]",
        "null",
        "{\"schema\": 1, \"schemaVersion\": 1}",
        "{\"schema\": \"onemalloc.evidence\"}",
        "{\"schema\": \"onemalloc.evidence\", \"schemaVersion\": 2}",
        "{\"schema\": \"onemalloc.evidence\", \"schemaVersion\": \"x\"}",
        "{\"schema\": \"onemalloc.evidence\", \"schemaVersion\": 1}",
        "{\"schema\": \"onemalloc.evidence\", \"schemaVersion\": 1, \"proof\": 3}",
        "{\"schema\": \"onemalloc.evidence\", \"schemaVersion\": 1, \"proof\": {}}",
        "{\"schema\": \"onemalloc.inspect\", \"schemaVersion\": 1}",
        "{\"schema\": \"onemalloc.inspect\", \"schemaVersion\": 1, \"process\": {}}",
        "{\"schema\": \"onemalloc.compare\", \"schemaVersion\": 1}",
        "{\"schema\": \"onemalloc.compare\", \"schemaVersion\": 1, \"runs\": [], \"variants\": []}",
        "{\"schema\": \"onemalloc.compare\", \"schemaVersion\": 1, \"runs\": [3]}",
        "{\"schema\": \"onemalloc.collect\", \"schemaVersion\": 1}",
      })
  void whatIsNoEvidenceIsRefusedInOneSentence(String text) throws IOException {
    Path file = file("bad.json", text);
    String said =
        assertThrows(CollectException.class, () -> Gathering.of(List.of(file), "", ""))
            .getMessage();
    assertTrue(said.startsWith(file.toString()) && said.endsWith("."), said);
    assertFalse(said.contains("\n"), said);
  }

  @Test
  void aCutFileAndBytesAreRefusedToo() throws IOException {
    String whole = Files.readString(cluster());
    Path cut = file("cut.jsonl", whole.substring(0, whole.length() - 20));
    assertThrows(CollectException.class, () -> Gathering.of(List.of(cut), "", ""));
    Path bytes = Files.write(folder.resolve("bytes"), new byte[] {'{', (byte) 0xff, '}'});
    assertThrows(CollectException.class, () -> Gathering.of(List.of(bytes), "", ""));
    Path deep = file("deep", "[".repeat(100_000));
    assertThrows(CollectException.class, () -> Gathering.of(List.of(deep), "", ""));
    Path many = Files.write(folder.resolve("many"), "{}{}".getBytes(StandardCharsets.UTF_8));
    assertThrows(CollectException.class, () -> Gathering.of(List.of(many), "", ""));
    for (Path endless : List.of(Path.of("/dev/zero"), folder)) {
      assertThrows(CollectException.class, () -> Gathering.of(List.of(endless), "", ""));
    }
  }

  @Test
  void aRoleThatNoProcessHasIsRefused() throws IOException {
    Path file = cluster();
    assertThrows(CollectException.class, () -> Gathering.of(List.of(file), "worker", ""));
  }

  @Test
  void aNameCannotSteerTheTerminal() throws IOException {
    String text = evidence("1\\u001b[2J", "h\\n", "x\\u001b", ESCAPED, 1);
    String said = Gathering.of(List.of(file("evil.jsonl", text)), "", "").text();
    assertFalse(said.contains("\u001b"), said);
  }
}
