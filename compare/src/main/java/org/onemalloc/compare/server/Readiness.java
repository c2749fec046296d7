package org.onemalloc.compare.server;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The sign that a server can be used. Implementations are immutable. */
public sealed interface Readiness {
  /** How long one connection may take, milliseconds. */
  int PATIENCE_MILLIS = 1000;

  /**
   * Returns whether the sign is there now.
   *
   * @param output what the server has printed since the last call, whole lines
   * @return true if the server is ready
   */
  boolean holds(String output);

  /**
   * Returns whether the sign must be absent before the server is started. If it is there, another
   * server gives it.
   *
   * @return true for a port and an address
   */
  default boolean isShared() {
    return true;
  }

  /**
   * Reads the value of {@code --ready}.
   *
   * @param text {@code tcp:HOST:PORT}, {@code http:URL}, a URL, or {@code log:PATTERN}
   * @return the sign
   * @throws IllegalArgumentException if it is none of these; the message is a sentence
   */
  static Readiness parse(String text) {
    if (text.startsWith("tcp:")) {
      return tcp(text.substring("tcp:".length()));
    }
    if (text.startsWith("http:") || text.startsWith("https:")) {
      boolean prefixed = text.startsWith("http:http");
      return http(prefixed ? text.substring("http:".length()) : text);
    }
    if (text.startsWith("log:")) {
      try {
        return new Log(Pattern.compile(text.substring("log:".length())));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "--ready: the pattern is not a regular expression: " + e.getDescription() + ".", e);
      }
    }
    throw new IllegalArgumentException(
        "--ready must be tcp:HOST:PORT, http:URL or log:PATTERN, not " + text + ".");
  }

  private static Readiness tcp(String place) {
    int colon = place.lastIndexOf(':');
    try {
      int port = Integer.parseInt(place.substring(colon + 1));
      if (colon > 0 && port > 0 && port < 1 << 16) {
        return new Tcp(place.substring(0, colon), port);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("--ready tcp:" + place + " is not tcp:HOST:PORT.");
  }

  private static Readiness http(String url) {
    try {
      URI uri = new URI(url);
      if (uri.getHost() != null) {
        return new Http(uri);
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IllegalArgumentException("--ready: " + url + " is not a URL.");
  }

  /**
   * A port accepts connections.
   *
   * @param host a name or an address
   * @param port from 1 to 65535
   */
  record Tcp(String host, int port) implements Readiness {
    @Override
    public boolean holds(String output) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
        // Where nobody listens, a socket whose own port happens to be that one connects to itself.
        return !socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress());
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public String toString() {
      return "tcp:" + host + ":" + port;
    }
  }

  /**
   * A URL answers with a status below 400.
   *
   * @param url of http or https
   */
  record Http(URI url) implements Readiness {
    @Override
    public boolean holds(String output) {
      try {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setInstanceFollowRedirects(false);
        FutureTask<Integer> status = new FutureTask<>(connection::getResponseCode);
        Thread.ofVirtual().start(status);
        try {
          int code = status.get(2L * PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
          return code >= HttpURLConnection.HTTP_OK && code < HttpURLConnection.HTTP_BAD_REQUEST;
        } catch (ExecutionException | TimeoutException e) {
          return false; // the read timeout alone is for each byte
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        } finally {
          connection.disconnect();
        }
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public String toString() {
      return url.toString();
    }
  }

  /**
   * A line of the server's output matches a pattern.
   *
   * @param pattern a regular expression, which a part of the line must match
   */
  record Log(Pattern pattern) implements Readiness {
    @Override
    public boolean holds(String output) {
      return BoundedText.search(
          "--ready log",
          () -> output.lines().anyMatch(line -> pattern.matcher(BoundedText.of(line)).find()));
    }

    @Override
    public boolean isShared() {
      return false;
    }

    @Override
    public String toString() {
      return "log:" + pattern;
    }
  }
}
