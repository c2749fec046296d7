package org.onemalloc.compare.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadinessTest {
  @Test
  void aPortIsReadyOnceItAcceptsConnections() throws Exception {
    Readiness ready;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ready = Readiness.parse("tcp:127.0.0.1:" + server.getLocalPort());
      assertTrue(ready.holds(""));
    }
    assertFalse(ready.holds(""));
  }

  @Test
  void aUrlIsReadyOnceItsStatusIsBelow400() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + server.getLocalPort() + "/health";
      for (String text : new String[] {url, "http:" + url}) {
        Readiness ready = Readiness.parse(text);
        assertFalse(answered(server, "503 Service Unavailable", ready), text);
        assertTrue(answered(server, "200 OK", ready), text);
      }
    }
  }

  private static boolean answered(ServerSocket server, String status, Readiness ready)
      throws Exception {
    Thread answer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Socket socket = server.accept()) {
                    int _ = socket.getInputStream().read();
                    String text = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n";
                    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    boolean holds = ready.holds("");
    answer.join();
    return holds;
  }

  @Test
  void aUrlThatMovedIsReadyAndNotFollowed() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Readiness ready = Readiness.parse("http://127.0.0.1:" + server.getLocalPort() + "/");
      assertTrue(answered(server, "302 Found\r\nLocation: http://127.0.0.1:1/", ready));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no protocol at all\r\n\r\n", "HTTP/1.1 200 OK\r\nSlow: "})
  void whatIsNoAnswerInTimeIsNotReady(String text) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread drips =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = server.accept()) {
                      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                      while (text.endsWith(" ")) { // a byte before each read timeout
                        socket.getOutputStream().write('x');
                        Thread.sleep(100);
                      }
                    } catch (IOException | InterruptedException e) {
                      // The other side has given up.
                    }
                  });
      assertFalse(Readiness.parse("http://127.0.0.1:" + server.getLocalPort() + "/").holds(""));
      drips.join();
    }
  }

  @Test
  void aLogIsReadyOnceALineMatches() {
    Readiness ready = Readiness.parse("log:started in \\d+ ms");
    assertFalse(ready.holds("starting\n"));
    assertTrue(ready.holds("loading\n[main] Kafka started in 12 ms\n"));
    assertFalse(ready.isShared());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "7777",
        "tcp:",
        "tcp:localhost",
        "tcp:localhost:0",
        "tcp:localhost:65536",
        "tcp::80",
        "tcp:host:port",
        "http:",
        "http:///x",
        "http:a b",
        "log:(",
        "udp:localhost:53"
      })
  void anythingElseIsASentence(String text) {
    Exception refused = assertThrows(IllegalArgumentException.class, () -> Readiness.parse(text));
    assertTrue(refused.getMessage().startsWith("--ready"), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
  }
}
