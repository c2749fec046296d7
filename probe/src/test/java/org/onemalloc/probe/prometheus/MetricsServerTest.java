package org.onemalloc.probe.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onemalloc.probe.MemoryKind;
import org.onemalloc.probe.Probe;

class MetricsServerTest {
  private static final Pattern LINE =
      Pattern.compile(
          "# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[^\"\n]*\"(,[a-z]+=\"[^\"\n]*\")*\\})? [0-9.E-]+");

  private MetricsServer server;

  @BeforeEach
  void start() throws IOException {
    server = MetricsServer.start(new Probe(Probe.USUAL_INTERVAL), 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** What the server has answered. */
  private record Answer(int status, String type, String allow, String body) {}

  private Answer ask(String method, String path) throws IOException {
    URI uri = URI.create("http://localhost:" + server.port() + path);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setRequestMethod(method);
    int status = connection.getResponseCode();
    try (InputStream body =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return new Answer(
          status,
          connection.getHeaderField("Content-Type"),
          connection.getHeaderField("Allow"),
          body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void servesTheMetrics() throws Exception {
    Answer answer = ask("GET", "/metrics");
    assertEquals(200, answer.status());
    assertEquals("text/plain; version=0.0.4; charset=utf-8", answer.type());
    List<String> lines = answer.body().lines().toList();
    lines.forEach(line -> assertTrue(LINE.matcher(line).matches(), line));
    long kinds =
        lines.stream()
            .filter(line -> line.startsWith("onemalloc_memory_bytes{"))
            .mapToLong(MetricsServerTest::value)
            .sum();
    assertEquals(value(lines, "onemalloc_resident_bytes "), kinds);
    for (MemoryKind kind : MemoryKind.values()) {
      assertTrue(answer.body().contains("{kind=\"" + kind.id() + "\"}"));
    }
    assertTrue(answer.body().contains("onemalloc_allocator_proven{allocator=\"system\""));
  }

  private static long value(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(MetricsServerTest::value)
        .findFirst()
        .orElseThrow();
  }

  private static long value(String line) {
    return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
  }

  /** Prometheus's own parser, where it is installed. */
  @Test
  void promtoolAcceptsTheMetrics() throws Exception {
    Process promtool;
    try {
      promtool =
          new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    } catch (IOException e) {
      Assumptions.abort("promtool is not installed: install prometheus");
      return;
    }
    promtool
        .getOutputStream()
        .write(ask("GET", "/metrics").body().getBytes(StandardCharsets.UTF_8));
    promtool.getOutputStream().close();
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, promtool.waitFor(), said);
  }

  @Test
  void refusesOtherPaths() throws Exception {
    for (String path : List.of("/", "/metrics/", "/metrics/x", "/metricsx", "/favicon.ico")) {
      assertEquals(404, ask("GET", path).status(), path);
    }
  }

  @Test
  void refusesOtherMethods() throws Exception {
    for (String method : List.of("POST", "PUT", "DELETE", "HEAD", "OPTIONS")) {
      Answer answer = ask(method, "/metrics");
      assertEquals(405, answer.status(), method);
      assertEquals("GET", answer.allow());
    }
  }

  @Test
  void otherMachinesDoNotReachIt() throws Exception {
    List<InetAddress> others = new ArrayList<>();
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> !address.isLoopbackAddress())
        .forEach(others::add);
    Assumptions.assumeFalse(others.isEmpty(), "this machine has no network");
    for (InetAddress other : others) {
      try (Socket socket = new Socket()) {
        InetSocketAddress address = new InetSocketAddress(other, server.port());
        assertThrows(ConnectException.class, () -> socket.connect(address, 2000));
      }
    }
  }

  @Test
  void aPortThatIsInUseIsRefused() {
    Probe probe = new Probe(Probe.USUAL_INTERVAL);
    assertThrows(IOException.class, () -> MetricsServer.start(probe, server.port()));
  }
}
