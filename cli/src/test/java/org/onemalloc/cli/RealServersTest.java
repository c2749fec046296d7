package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.cli.Onemalloc.Result;

/** {@code compare} of Redis and PostgreSQL under their own load generators. */
@Tag("long")
class RealServersTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  @TempDir Path folder;
  private Path temporary;
  private Path json;
  private int port;

  @BeforeEach
  void choosePort() throws IOException {
    assumeTrue(
        Files.exists(ROOT.resolve("cli/target/dist/onemalloc.jar")),
        "the command is not built: ./check builds it first");
    // The server of another user has its data below it.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    json = folder.resolve("compare.json");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  @Test
  void redisUnderRedisBenchmark() throws Exception {
    Tools.require("redis-server");
    Tools.require("redis-benchmark");
    Tools.requireLibrary("jemalloc", "libjemalloc.so.2");
    compare("redis", Map.of("REQUESTS", "20000"), "shipped,jemalloc+tuned");
    for (JsonObject run : runs("jemalloc+tuned", "shipped")) {
      assertProven(run, "libjemalloc.so.2 served redis-server.", "redis-benchmark");
      assertEquals(
          List.of("SET/s  true", "SET p99 ms false", "LPUSH/s  true", "LPUSH p99 ms false"),
          figures(run));
      for (JsonElement sample : run.getAsJsonArray("samples")) {
        assertEquals(1, sample.getAsJsonObject().get("processes").getAsInt(), run.toString());
      }
    }
    assertNothingIsLeft("127.0.0.1:" + port);
  }

  @Test
  void postgresUnderPgbench() throws Exception {
    Tools.require("pgbench");
    Tools.require("setpriv");
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root may become the user postgres");
    compare("postgresql", Map.of("TRANSACTIONS", "100"), "system,mimalloc");
    for (JsonObject run : runs("mimalloc", "system")) {
      boolean system = run.get("variant").getAsString().equals("system");
      assertProven(
          run, system ? "glibc's malloc served postgres" : "so served postgres", "pgbench");
      assertEquals(List.of("transactions/s  true", "mean latency ms false"), figures(run));
    }
    assertNothingIsLeft(temporary.toString());
  }

  private void compare(String server, Map<String, String> work, String variants) throws Exception {
    Map<String, String> environment = new HashMap<>(work);
    environment.put("ONEMALLOC_AS_BUILT", "1");
    environment.put("PORT", Integer.toString(port));
    environment.put("TMPDIR", temporary.toString());
    List<String> words = new ArrayList<>();
    words.add(ROOT.resolve("examples/servers").resolve(server).resolve("compare").toString());
    words.addAll(List.of("-a", variants, "-n", "1", "--all-runs", "--json", json.toString()));
    Result result = Onemalloc.run(environment, words);
    assertEquals(0, result.exitCode(), result.out() + result.err());
  }

  /** Returns the runs, which must be one of each variant. */
  private List<JsonObject> runs(String... variants) throws IOException {
    List<JsonObject> runs = new ArrayList<>();
    JsonObject compared = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    compared.getAsJsonArray("runs").forEach(run -> runs.add(run.getAsJsonObject()));
    TreeSet<String> names = new TreeSet<>();
    runs.forEach(run -> names.add(run.get("variant").getAsString()));
    assertEquals(List.of(variants), List.copyOf(names));
    assertEquals(variants.length, runs.size());
    return runs;
  }

  private static void assertProven(JsonObject run, String served, String load) {
    JsonObject proof = run.getAsJsonObject("proof");
    JsonObject usage = run.getAsJsonObject("usage");
    assertAll(
        () -> assertTrue(run.get("counts").getAsBoolean()),
        () -> assertTrue(proof.get("proven").getAsBoolean()),
        () -> assertTrue(proof.get("evidence").toString().contains(served)),
        () -> assertFalse(proof.toString().contains(load)),
        () -> assertTrue(usage.get("userNanos").getAsLong() > 0),
        () -> assertTrue(usage.get("peakPssBytes").getAsLong() > 1 << 20),
        () -> assertTrue(run.get("endRssBytes").getAsLong() > 1 << 20),
        () -> assertTrue(run.get("idleRssBytes").getAsLong() > 1 << 20),
        () -> assertTrue(run.getAsJsonObject("load").get("nanos").getAsLong() > 0));
  }

  /** Returns name, unit and direction of each figure of the load; each must be positive. */
  private static List<String> figures(JsonObject run) {
    JsonArray figures = run.getAsJsonObject("load").getAsJsonArray("figures");
    List<String> found = new ArrayList<>();
    for (JsonElement each : figures) {
      JsonObject figure = each.getAsJsonObject();
      assertTrue(figure.get("value").getAsDouble() > 0, figure.toString());
      found.add(
          figure.get("name").getAsString()
              + " "
              + figure.get("unit").getAsString()
              + " "
              + figure.get("higherIsBetter").getAsBoolean());
    }
    return found;
  }

  private void assertNothingIsLeft(String inTheCommandLine) throws IOException {
    assertEquals(List.of(), Processes.naming(inTheCommandLine));
    new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    try (Stream<Path> files = Files.list(temporary)) {
      assertEquals(List.of(), files.toList());
    }
  }
}
