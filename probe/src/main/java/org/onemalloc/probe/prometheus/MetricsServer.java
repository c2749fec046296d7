package org.onemalloc.probe.prometheus;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.onemalloc.probe.Probe;
import org.onemalloc.probe.figures.Figures;

/**
 * Serves {@code GET /metrics} on the loopback address, and nothing else: other machines do not
 * reach it, every user of this machine does. It has one daemon thread, and up to two more while it
 * answers.
 */
public final class MetricsServer implements AutoCloseable {
  private static final String PATH = "/metrics";
  private static final int MOST_AT_ONCE = 2;
  private static final int MOST_WAITING = 8;
  private static final int IDLE_SECONDS = 10;

  private final HttpServer server;
  private final ThreadPoolExecutor executor;

  private MetricsServer(Probe probe, int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    server = HttpServer.create(address, MOST_WAITING);
    executor =
        new ThreadPoolExecutor(
            MOST_AT_ONCE,
            MOST_AT_ONCE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            task -> daemon(task, "onemalloc-metrics-answer"),
            new ThreadPoolExecutor.CallerRunsPolicy()); // many at once wait for each other
    executor.allowCoreThreadTimeOut(true);
    server.setExecutor(executor);
    server.createContext("/", exchange -> answer(exchange, probe));
  }

  /**
   * Starts it.
   *
   * @param probe looks for it
   * @param port the port; 0 for one that is free
   * @return the server
   * @throws IOException if the port is in use, or may not be used
   */
  public static MetricsServer start(Probe probe, int port) throws IOException {
    MetricsServer metrics = new MetricsServer(probe, port);
    // The server's own thread inherits whether it is a daemon: a program that ends must not wait.
    FutureTask<Void> start = new FutureTask<>(metrics.server::start, null);
    daemon(start, "onemalloc-metrics-start").start();
    try {
      start.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
    return metrics;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Returns the port.
   *
   * @return the port that it listens on
   */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, Probe probe) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        send(exchange, 404, "Only " + PATH + " is served.\n");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        send(exchange, 405, "Only GET is served.\n");
      } else {
        send(exchange, probe);
      }
    }
  }

  private static void send(HttpExchange exchange, Probe probe) throws IOException {
    String text;
    try {
      text = PrometheusText.of(Figures.of(probe));
    } catch (IOException | RuntimeException e) {
      send(exchange, 500, "The process cannot be looked at: " + e + ".\n");
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", PrometheusText.CONTENT_TYPE);
    send(exchange, 200, text);
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    boolean hasBody = !exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, hasBody ? body.length : -1);
    if (hasBody) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
